// Icons, drawn as strokes in a square of 24.

const SHAPES = {
  reply: "M10 5 4 11l6 6 M4 11h9a7 7 0 0 1 7 7v1",
  edit: "m14 6 4 4 M4 20l1-5L16 4a1.4 1.4 0 0 1 2 0l2 2a1.4 1.4 0 0 1 0 2L9 19l-5 1z",
  thread: "M4 5h16v11h-8l-5 4v-4H4z M8 9h8 M8 12h5",
  more: "M5 12h.01 M12 12h.01 M19 12h.01",
  plus: "M12 5v14 M5 12h14",
  close: "M6 6l12 12 M18 6 6 18",
  trash: "M4 7h16 M9 7V4h6v3 M6 7l1 13h10l1-13",
  copy: "M9 9h11v11H9z M5 15H4V4h11v1",
  forward: "m14 5 6 6-6 6 M20 11h-9a7 7 0 0 0-7 7v1",
  app: "M4 4h6v6H4z M14 4h6v6h-6z M4 14h6v6H4z M14 14h6v6h-6z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M5 20a7 7 0 0 1 14 0",
  file: "M6 3h8l4 4v14H6V3z M14 3v5h4",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M8 14a4.5 4.5 0 0 0 8 0 M9 9.5h.01 M15 9.5h.01",
  at: "M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0z M16 8v5.5a2.5 2.5 0 0 0 5 0V12a9 9 0 1 0-3.5 7.1",
  plug: "M9 3v5 M15 3v5 M6 8h12v3a6 6 0 0 1-12 0z M12 17v4",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M12 7v5l3.5 2",
  send: "M4 4l17 8-17 8 3-8z M7 12h6",
  light: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M12 2.5v2 M12 19.5v2 M4.9 4.9l1.4 1.4 M17.7 17.7l1.4 1.4 M2.5 12h2 M19.5 12h2 M4.9 19.1l1.4-1.4 M17.7 6.3l1.4-1.4",
  dark: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  digest: "M5 4h14v16H5z M9 9h6 M9 13h6 M9 16.5h3",
  ask: "M4 5h16v11h-8l-5 4v-4H4z",
  remind: "M12 4a6 6 0 0 0-6 6v4l-2 3h16l-2-3v-4a6 6 0 0 0-6-6z M10 20h4",
};
const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const node = document.createElementNS(SVG, "svg");
  node.setAttribute("viewBox", "0 0 24 24");
  node.setAttribute("class", `icon icon-${name}`);
  node.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[name]);
  node.append(path);
  return node;
}
