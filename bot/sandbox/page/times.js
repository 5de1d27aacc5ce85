// Times as Discord shows them, in the reader's language and time zone.

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" },
  S: { dateStyle: "short", timeStyle: "medium" },
};
// Name, length in seconds, and how many make up the next unit.
const UNITS = [
  ["second", 1, 60], ["minute", 60, 60], ["hour", 3600, 24],
  ["day", 86400, 30], ["month", 2629800, 12], ["year", 31557600, Infinity],
];
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

function format(date, style) {
  return new Intl.DateTimeFormat(undefined, STYLES[style] ?? STYLES.f).format(date);
}

/** Return "in 2 hours", rounded to the nearest unit. */
export function fromNow(date, now = Date.now()) {
  const seconds = Math.round((date.getTime() - now) / 1000);
  const count = (size) => Math.sign(seconds) * Math.round(Math.abs(seconds) / size);
  const [unit, size] = UNITS.find(([, length, limit]) => Math.abs(count(length)) < limit);
  return relative.format(count(size), unit);
}

/** Return "11:20" for today, "Yesterday at 11:20", or the date and time. */
export function whenSent(date, now = new Date()) {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const days = Math.ceil((midnight - date) / 86400000);
  if (days <= 0) return format(date, "t");
  return days === 1 ? `Yesterday at ${format(date, "t")}` : format(date, "s");
}

/** Return the <time> of a `<t:seconds:style>` timestamp, or null if it is out of range. */
export function stamp(seconds, style = "f") {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return null;
  const node = document.createElement("time");
  node.dateTime = date.toISOString();
  node.title = format(date, "F");
  node.className = "stamp";
  if (style === "R") node.dataset.relative = "";
  node.textContent = style === "R" ? fromNow(date) : format(date, style);
  return node;
}

export function keepRelativeTimesFresh() {
  setInterval(() => {
    for (const node of document.querySelectorAll("time[data-relative]")) {
      node.textContent = fromNow(new Date(node.dateTime));
    }
  }, 5000);
}
