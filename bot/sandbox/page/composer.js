// The text field for messages and commands.

import { el, mark } from "./dom.js";
import { CommandForm, entries, matching } from "./commands.js";

export class Composer {
  constructor(root, { names, commands, post, slash, autocomplete }) {
    Object.assign(this, { root, names, commands, post, slash, autocomplete });
    this.form = null;
    this.shown = [];
    this.active = 0;
    this.closed = false;
    this.text = el("textarea", {
      rows: "1", id: "text", autocomplete: "off",
      role: "combobox", "aria-controls": "picker", "aria-expanded": "false", "aria-autocomplete": "list",
      oninput: () => { this.closed = false; this.#refresh(); },
      onkeydown: (event) => this.#key(event),
      onblur: () => this.#hide(),
      onfocus: () => this.#refresh(),
    });
    this.picker = el("div", { class: "popup picker", id: "picker", role: "listbox", "aria-label": "Commands", hidden: true });
    root.replaceChildren(this.picker, this.text);
  }

  /** Show the channel that a message goes to. */
  setChannel(label) {
    this.leave();
    this.text.placeholder = `Message ${label}, or type / for commands`;
    this.text.setAttribute("aria-label", `Message ${label}`);
  }

  focus() {
    if (this.form) this.form.focus();
    else this.text.focus();
  }

  leave() {
    this.form?.node.remove();
    this.form = null;
    this.text.hidden = false;
    this.text.value = "";
    this.#refresh();
  }

  #refresh() {
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
    const command = /^\/([^\n]*)$/.exec(this.text.value);
    if (!command || this.closed || document.activeElement !== this.text) {
      this.#hide();
      return;
    }
    this.shown = matching(entries(this.commands()), command[1]);
    this.active = 0;
    this.picker.replaceChildren(...(this.shown.length ? this.shown.map((entry, at) => this.#option(entry, at))
      : [el("div", { class: "hint" }, "No commands match your search.")]));
    this.picker.hidden = false;
    this.text.setAttribute("aria-expanded", "true");
    this.#mark(0);
  }

  #option(entry, at) {
    const choose = (event) => { event.preventDefault(); this.#open(entry); };
    const options = entry.options.filter((option) => option.required).map((option) => el("span", { class: "field-name" }, option.name));
    return el("div", { class: "option", role: "option", id: `picker-${at}`, onmousedown: choose },
      el("div", {}, el("b", {}, `/${entry.name} `), options),
      el("div", { class: "subtext" }, entry.description));
  }

  #mark(index) {
    this.active = index;
    mark(this.picker, this.text, index);
  }

  #hide() {
    this.shown = [];
    this.picker.hidden = true;
    this.text.setAttribute("aria-expanded", "false");
    this.text.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (this.shown.length && step) {
      event.preventDefault();
      this.#mark((this.active + step + this.shown.length) % this.shown.length);
    } else if (this.shown.length && ["Enter", "Tab", " "].includes(event.key) && this.#isChosenBy(event.key)) {
      event.preventDefault();
      this.#open(this.shown[this.active]);
    } else if (event.key === "Escape") {
      this.closed = true;
      this.#hide();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#post();
    }
  }

  // A space chooses a command only if no longer one matches, such as "/model list" for "/model ".
  #isChosenBy(key) {
    const typed = this.text.value.slice(1);
    return key !== " " || this.shown.filter((entry) => `${entry.name} `.startsWith(`${typed} `)).length === 1;
  }

  #post() {
    const text = this.text.value.trim();
    if (!text) return;
    this.leave();
    this.post(text);
  }

  #open(entry) {
    this.leave();
    this.form = new CommandForm(entry, {
      names: this.names,
      autocomplete: this.autocomplete,
      send: (name, values) => { this.leave(); this.text.focus(); this.slash(name, values); },
      cancel: () => { this.leave(); this.text.focus(); },
    });
    this.text.hidden = true;
    this.#hide();
    this.root.append(this.form.node);
    this.form.focus();
  }
}
