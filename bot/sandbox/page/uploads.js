// Files that wait in the composer to be sent with the next message.

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { FILE_LIMIT, bytes, dataUrl } from "./requests.js";

const MOST = 10;

export class Uploads {
  constructor({ changed }) {
    this.files = [];
    this.changed = changed;
    this.node = el("ul", { class: "uploads", "aria-label": "Files to send", hidden: true });
    this.said = el("div", { class: "upload-error", role: "alert", hidden: true });
    this.input = el("input", { type: "file", multiple: true, hidden: true, id: "files", "aria-label": "Files", onchange: () => {
      this.add([...this.input.files]);
      this.input.value = "";
    } });
  }

  /** Take files; those that Discord would refuse are named instead. */
  add(files) {
    const large = files.find((file) => file.size > FILE_LIMIT);
    const fitting = files.filter((file) => file.size <= FILE_LIMIT);
    const free = MOST - this.files.length;
    this.#say(large ? `${large.name} is larger than ${bytes(FILE_LIMIT)}, the most that Discord takes.`
      : fitting.length > free ? `A message takes ${MOST} files at most.` : "");
    for (const file of fitting.slice(0, free)) this.#take(file);
    this.#show();
    this.changed();
  }

  /** Return the files and forget them. */
  take() {
    const taken = this.files;
    this.files = [];
    this.node.replaceChildren();
    this.#say("");
    this.#show();
    return taken;
  }

  #take(file) {
    const face = el("span", { class: "upload-face" }, icon("file"));
    const remove = el("button", { type: "button", class: "as-icon", "aria-label": `Remove ${file.name}`, onclick: () => {
      this.files = this.files.filter((other) => other !== file);
      row.remove();
      this.#show();
      this.changed();
    } }, icon("trash"));
    const row = el("li", { class: "upload" }, face,
      el("span", { class: "upload-name" }, file.name, el("span", { class: "subtext" }, bytes(file.size))), remove);
    this.files.push(file);
    this.node.append(row);
    if (/^image\/(png|jpeg|gif|webp)$/.test(file.type)) {
      dataUrl(file).then((src) => face.replaceChildren(el("img", { src, alt: "" })));
    }
  }

  #say(text) {
    this.said.textContent = text;
    this.said.hidden = !text;
  }

  #show() {
    this.node.hidden = !this.files.length;
  }
}

/** Offer `take(files)` what is dropped anywhere on the page. */
export function acceptDrops(shade, take) {
  let depth = 0;
  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  const enter = (by) => (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    depth = Math.max(0, depth + by);
    shade.hidden = depth === 0;
  };
  document.addEventListener("dragenter", enter(1));
  document.addEventListener("dragleave", enter(-1));
  document.addEventListener("dragover", (event) => { if (holdsFiles(event)) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    depth = 0;
    shade.hidden = true;
    take([...event.dataTransfer.files]);
  });
}
