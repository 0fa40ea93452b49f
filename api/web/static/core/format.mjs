// Times, sizes and counts, as people of the language write them.

import { language } from "./start.mjs";

const numbers = new Intl.NumberFormat(language);
const short = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
const dates = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
const moments = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
const steps = [["second", 60], ["minute", 60], ["hour", 24], ["day", 7]];
const sizes = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"].map((unit) =>
  new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: unit === "byte" ? "long" : "short", maximumFractionDigits: 1 }));

export const count = (number) => numbers.format(number);
export const briefly = (number) => short.format(number);
export const percent = (part) => new Intl.NumberFormat(language, { style: "percent" }).format(part);
export const moment = (ms) => moments.format(ms);

export function size(bytes) {
  let step = 0;
  while (bytes >= 1000 && step < sizes.length - 1) [bytes, step] = [bytes / 1000, step + 1];
  return sizes[step].format(bytes);
}

// "3 min ago"; a date for what is more than a week ago.
export function ago(ms, now = Date.now()) {
  let left = (now - ms) / 1000;
  for (const [unit, most] of steps) {
    if (left < most) return relative.format(-Math.max(0, Math.floor(left)), unit);
    left /= most;
  }
  return dates.format(ms);
}

export function seconds(number) {
  const unit = number < 90 ? "second" : "minute";
  const value = number < 90 ? number : number / 60;
  const digits = value < 10 ? 1 : 0;
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits }).format(value);
}
