#!/usr/bin/env bash
# pip before 23.3 with justext (which trafilatura and others need): justext asks for `lxml[html_clean]`, and lxml's wheels
# say that the extra is called `html-clean`. Both spell one name (PEP 685), but pip 23.2.1, which CPython 3.11.7 brings
# into every new environment, compares them letter by letter: it prints a warning ("lxml does not provide the extra
# 'html_clean'"), leaves `lxml_html_clean` out, and ends with status 0. `import trafilatura` fails then with an
# ImportError of lxml. It is the same from lxml 5.4 to 6.1; uv and pip from 23.3 on install the package.
# What helps: name `lxml_html_clean` among one's own requirements, or a newer pip in the image.
#
# Seen with justext 3.0.2, trafilatura 2.3.1, lxml 6.1.3, CPython 3.11:
#   pip 23.2.1  installed with status 0, import: ImportError      pip 23.3  import works
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
status=0
for pip in 23.2.1 23.3; do
    python3 -m venv "$folder/$pip"
    "$folder/$pip/bin/pip" install -q --disable-pip-version-check "pip==$pip"
    "$folder/$pip/bin/pip" install -q --disable-pip-version-check lxml==6.1.3 justext==3.0.2 trafilatura==2.3.1 2>"$folder/$pip.log"
    imported=$("$folder/$pip/bin/python" -c "import trafilatura; print('import works')" 2>"$folder/$pip.err" || grep -o -m 1 ImportError "$folder/$pip.err")
    echo "pip $pip: $imported; $(grep -m 1 'does not provide' "$folder/$pip.log" || echo 'no warning')"
    case "$pip $imported" in
    "23.2.1 ImportError" | "23.3 import works") ;;
    *) status=1 ;;
    esac
done
[ "$status" = 0 ] || { echo "Not as described any more."; exit 1; }
