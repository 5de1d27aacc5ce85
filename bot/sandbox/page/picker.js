// A text field and the list above it of what the text at its caret may become.

import { el, mark } from "./dom.js";
import { mentionOption } from "./mentions.js";

/** `suggest()` returns choices `{nodes, choose, keys}`, or null if nothing is being typed that
 *  could be one; `mayChoose(key, choices)` says whether one of its keys takes a choice now. */
export class Picker {
  constructor(field, { id, suggest, mayChoose = () => true }) {
    Object.assign(this, { field, suggest, mayChoose });
    this.shown = [];
    this.active = 0;
    this.closed = false;
    this.node = el("div", { class: "popup picker", id, role: "listbox", "aria-label": "Suggestions", hidden: true });
    const roles = { role: "combobox", "aria-controls": id, "aria-expanded": "false", "aria-autocomplete": "list" };
    for (const [name, value] of Object.entries(roles)) field.setAttribute(name, value);
    field.addEventListener("input", () => { this.closed = false; this.refresh(); });
    field.addEventListener("click", () => this.refresh());
    field.addEventListener("focus", () => this.refresh());
    field.addEventListener("blur", () => this.hide());
  }

  /** Fit the field to its text, and show what this may become. */
  refresh() {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
    const suggested = this.closed || this.field.readOnly || document.activeElement !== this.field ? null : this.suggest();
    if (!suggested) {
      this.hide();
      return;
    }
    this.shown = suggested;
    this.node.replaceChildren(...(this.shown.length ? this.shown.map((one, at) => this.#option(one, at))
      : [el("div", { class: "hint" }, "No commands match your search.")]));
    this.node.hidden = false;
    this.field.setAttribute("aria-expanded", "true");
    this.#mark(0);
  }

  hide() {
    this.shown = [];
    this.node.hidden = true;
    this.field.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
  }

  /** Handle a key; return true if the list used it. */
  key({ key }) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    const chosen = this.shown[this.active];
    if (chosen && step) this.#mark((this.active + step + this.shown.length) % this.shown.length);
    else if (chosen?.keys.includes(key) && this.mayChoose(key, this.shown)) chosen.choose();
    else if (key === "Escape" && !this.node.hidden) this.close();
    else return false;
    return true;
  }

  /** Hide the list until something is typed. */
  close() {
    this.closed = true;
    this.hide();
  }

  /** Return the choices of who and what may be mentioned at the caret, or null. */
  mentioned(mentions) {
    const at = this.field.selectionEnd;
    const typed = mentions.typed(this.field.value.slice(0, at));
    if (!typed?.choices.length) return null;
    return typed.choices.map((one) => ({
      nodes: [el("div", { class: "mention-option" }, mentionOption(one))],
      keys: ["Enter", "Tab"],
      choose: () => {
        this.field.setRangeText(mentions.choose(one), typed.from, at, "end");
        this.field.focus();
        this.field.dispatchEvent(new Event("input", { bubbles: true }));
      },
    }));
  }

  #option({ nodes, choose }, at) {
    const take = (event) => { event.preventDefault(); choose(); };
    return el("div", { class: "option", role: "option", id: `${this.node.id}-${at}`, onmousedown: take }, nodes);
  }

  #mark(index) {
    this.active = index;
    mark(this.node, this.field, index);
  }
}
