#!/usr/bin/env bash
# SheetJS turns a workbook into an OpenDocument sheet without the number formats of its cells, but with the texts that these
# formats made: a share of 0.19 in the format 0% becomes a cell with the value 0.19, the text "19%" and no style. SheetJS
# itself reads that back as 19%, from the text. A spreadsheet program shows value and style, and so 0.19: one file, two
# readings, and a price list that was converted on a web page shows other numbers than it says. For a cell that was not read
# from a workbook but made with `z: "0%"`, the text is 0.19, too, where the same sheet as CSV or HTML says 19%. A reader of
# .ods has to decide whom it believes; nothing in the file tells that the style is lost.
#
# Seen with xlsx 0.18.5 (the last one in the npm registry), Node.js 20, LibreOffice 7.4:
#   read from .xlsx, written as .ods:  value 0.19, text 19%, no style;  LibreOffice shows 0.19 (and 19% of the .xlsx)
#   made with z 0%, written as .ods:   value 0.19, text 0.19;           as CSV 19%
#
# Needs node and npm; LibreOffice is asked where it is there. Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund xlsx@0.18.5 >/dev/null
cat >seen.js <<'JAVASCRIPT'
const XLSX = require("xlsx");

const book = (sheet) => {
  const made = XLSX.utils.book_new();
  XLSX.utils.book_append_sheet(made, sheet, "Shares");
  return made;
};
const cellOf = (made) => {
  const xml = XLSX.write(made, { bookType: "fods", type: "buffer" }).toString();
  const [cell] = xml.match(/<table:table-cell.*?<\/table:table-cell>/s);
  return {
    value: cell.match(/office:value="([^"]*)"/)[1],
    text: cell.match(/<text:p>([^<]*)</)[1],
    hasStyle: /table:style-name/.test(cell),
  };
};

const sheet = XLSX.utils.aoa_to_sheet([[0.19]]);
sheet.A1.z = "0%";
const made = book(sheet);
const read = XLSX.read(XLSX.write(made, { bookType: "xlsx", type: "buffer" }), { cellNF: true });
XLSX.writeFile(read, "shares.ods");
XLSX.writeFile(read, "shares.xlsx");

const seen = {
  version: XLSX.version,
  read: cellOf(read),
  made: cellOf(made),
  csv: XLSX.utils.sheet_to_csv(sheet),
  back: XLSX.read(XLSX.write(read, { bookType: "ods", type: "buffer" })).Sheets.Shares.A1.w,
};
console.log(JSON.stringify(seen, null, 1));
const expected = {
  version: "0.18.5",
  read: { value: "0.19", text: "19%", hasStyle: false },
  made: { value: "0.19", text: "0.19", hasStyle: false },
  csv: "19%",
  back: "19%",
};
if (JSON.stringify(seen) !== JSON.stringify(expected)) process.exit(1);
JAVASCRIPT
node seen.js
if command -v soffice >/dev/null; then
    for kind in ods xlsx; do
        timeout 120 soffice "-env:UserInstallation=file://$folder/profile" --headless --convert-to csv "shares.$kind" >/dev/null 2>&1
        echo "LibreOffice shows of .$kind: $(cat shares.csv)"
        mv shares.csv "shown.$kind"
    done
    [[ $(cat shown.ods) == 0.19 && $(cat shown.xlsx) == 19% ]]
else
    echo "LibreOffice is not there, and was not asked."
fi
