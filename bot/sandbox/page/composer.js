// The text field for messages and commands.

import { CommandForm, entries, matching } from "./commands.js";
import { el, mark } from "./dom.js";
import { icon } from "./icons.js";
import { mentionOption } from "./mentions.js";
import { Uploads } from "./uploads.js";

const CONTENT_LIMIT = 2000;

export class Composer {
  constructor(root, { names, mentions, commands, post, slash, autocomplete, editLast }) {
    Object.assign(this, { root, names, mentions, commands, post, slash, autocomplete, editLast });
    this.form = null;
    this.shown = [];
    this.active = 0;
    this.closed = false;
    this.reply = null;
    this.uploads = new Uploads({ changed: () => this.focus() });
    this.text = el("textarea", {
      rows: "1", id: "text", autocomplete: "off",
      role: "combobox", "aria-controls": "picker", "aria-expanded": "false", "aria-autocomplete": "list",
      oninput: () => { this.closed = false; this.#refresh(); },
      onkeydown: (event) => this.#key(event),
      onclick: () => this.#refresh(),
      onblur: () => this.#hide(),
      onfocus: () => this.#refresh(),
    });
    this.picker = el("div", { class: "popup picker", id: "picker", role: "listbox", "aria-label": "Suggestions", hidden: true });
    this.replyBar = el("div", { class: "reply-bar", hidden: true });
    const attach = el("button", { type: "button", class: "as-icon attach", "aria-label": "Attach files", title: "Attach files", onclick: () => this.uploads.input.click() }, icon("plus"));
    this.line = el("div", { class: "composer-line" }, attach, this.text);
    root.addEventListener("paste", (event) => this.#paste(event));
    root.replaceChildren(this.picker, this.replyBar, this.uploads.said, this.uploads.node, this.uploads.input, this.line);
  }

  /** Show the channel that a message goes to. */
  setChannel(label) {
    this.leave();
    this.text.placeholder = `Message ${label}`;
    this.text.setAttribute("aria-label", `Message ${label}`);
  }

  focus() {
    if (this.form) this.form.focus();
    else this.text.focus();
  }

  /** Attach files to the message or to the command that is being written. */
  attach(files) {
    if (this.form) this.form.attach(files);
    else this.uploads.add(files);
  }

  leave() {
    this.form?.node.remove();
    this.form = null;
    this.line.hidden = false;
    this.text.value = "";
    this.uploads.take();
    this.replyTo(null);
    this.#refresh();
  }

  /** Make the next message a reply to a message, whose author has this name, or to none. */
  replyTo(message, name = "", canPing = true) {
    this.reply = message && { message: message.id, ping: canPing };
    this.replyBar.hidden = !message;
    if (!message) return;
    const ping = el("button", { type: "button", class: "as-link ping", "aria-pressed": String(canPing), disabled: !canPing, onclick: () => {
      this.reply.ping = !this.reply.ping;
      said();
      this.focus();
    } });
    const said = () => {
      ping.textContent = this.reply.ping ? "@ on" : "@ off";
      ping.title = canPing ? "Whether the author is notified" : "Replies to this message notify nobody";
      ping.setAttribute("aria-pressed", String(this.reply.ping));
    };
    said();
    const close = el("button", { type: "button", class: "as-icon", "aria-label": "Cancel reply", onclick: () => { this.replyTo(null); this.focus(); } }, icon("close"));
    this.replyBar.replaceChildren(el("span", { class: "reply-to" }, "Replying to ", el("b", {}, name)), ping, close);
    this.focus();
  }

  #refresh() {
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
    const suggested = this.closed || document.activeElement !== this.text ? null : this.#commands() ?? this.#mentions();
    if (!suggested) {
      this.#hide();
      return;
    }
    this.shown = suggested;
    this.picker.replaceChildren(...(this.shown.length ? this.shown.map((one, at) => this.#option(one, at))
      : [el("div", { class: "hint" }, "No commands match your search.")]));
    this.picker.hidden = false;
    this.text.setAttribute("aria-expanded", "true");
    this.#mark(0);
  }

  // What may be chosen is `{nodes, choose, keys}`; null if nothing is being typed that could be.

  #commands() {
    const command = /^\/([^\n]*)$/.exec(this.text.value);
    if (!command) return null;
    return matching(entries(this.commands()), command[1]).map((entry) => {
      const required = entry.options.filter((option) => option.required).map((option) => el("span", { class: "field-name" }, option.name));
      const nodes = [el("div", {}, el("b", {}, `/${entry.name} `), required), el("div", { class: "subtext" }, entry.description)];
      return { name: entry.name, nodes, choose: () => this.#open(entry), keys: ["Enter", "Tab", " "] };
    });
  }

  #mentions() {
    const at = this.text.selectionEnd;
    const typed = this.mentions.typed(this.text.value.slice(0, at));
    if (!typed?.choices.length) return null;
    return typed.choices.map((one) => ({
      nodes: [el("div", { class: "mention-option" }, mentionOption(one))],
      keys: ["Enter", "Tab"],
      choose: () => {
        this.text.setRangeText(this.mentions.choose(one), typed.from, at, "end");
        this.text.focus();
        this.#refresh();
      },
    }));
  }

  #option({ nodes, choose }, at) {
    const take = (event) => { event.preventDefault(); choose(); };
    return el("div", { class: "option", role: "option", id: `picker-${at}`, onmousedown: take }, nodes);
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
    const chosen = this.shown[this.active];
    if (chosen && step) {
      event.preventDefault();
      this.#mark((this.active + step + this.shown.length) % this.shown.length);
    } else if (chosen?.keys.includes(event.key) && this.#isChosenBy(event.key)) {
      event.preventDefault();
      chosen.choose();
    } else if (event.key === "Escape") {
      if (this.picker.hidden) this.replyTo(null);
      this.closed = true;
      this.#hide();
    } else if (event.key === "ArrowUp" && !this.text.value) {
      event.preventDefault();
      this.editLast();
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

  // As in Discord, files are attached, and a text too long for a message becomes one.
  #paste(event) {
    const files = [...event.clipboardData.files];
    const text = event.clipboardData.getData("text/plain");
    if (files.length) {
      event.preventDefault();
      this.attach(files);
    } else if (!this.form && text.length + this.text.value.length > CONTENT_LIMIT) {
      event.preventDefault();
      this.uploads.add([new File([text], "message.txt", { type: "text/plain" })]);
    }
  }

  #post() {
    const content = this.mentions.encode(this.text.value.trim());
    const files = this.uploads.take();
    if (!content && !files.length) return;
    const { message = null, ping = true } = this.reply ?? {};
    this.leave();
    this.post({ content, files, reply_to: message, ping });
  }

  #open(entry) {
    this.leave();
    this.form = new CommandForm(entry, {
      names: this.names,
      autocomplete: this.autocomplete,
      send: (name, values) => { this.leave(); this.text.focus(); this.slash(name, values); },
      cancel: () => { this.leave(); this.text.focus(); },
    });
    this.line.hidden = true;
    this.#hide();
    this.root.append(this.form.node);
    this.form.focus();
  }
}
