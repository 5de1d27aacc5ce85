// The text field for messages and commands.

import { CommandForm, entries, matching } from "./commands.js";
import { disable, el } from "./dom.js";
import { icon } from "./icons.js";
import { Picker } from "./picker.js";
import { Uploads } from "./uploads.js";

const CONTENT_LIMIT = 2000;

export class Composer {
  constructor(root, { names, mentions, commands, post, slash, autocomplete, editLast, changed }) {
    Object.assign(this, { root, names, mentions, commands, post, slash, autocomplete, editLast, changed });
    this.form = null;
    // What was filled into commands that were left, by their names.
    this.begun = new Map();
    this.reply = null;
    this.uploads = new Uploads({ changed: () => { this.changed(); this.focus(); } });
    this.text = el("textarea", {
      rows: "1", id: "text", autocomplete: "off", onkeydown: (event) => this.#key(event),
    });
    this.picker = new Picker(this.text, {
      id: "picker",
      suggest: () => this.#commands() ?? this.picker.mentioned(this.mentions),
      mayChoose: (key, shown) => this.#isChosenBy(key, shown),
    });
    this.replyBar = el("div", { class: "reply-bar", hidden: true });
    this.attachButton = el("button", { type: "button", class: "as-icon attach", "aria-label": "Attach files", title: "Attach files", onclick: () => { if (!this.text.readOnly) this.uploads.input.click(); } }, icon("plus"));
    this.sendButton = el("button", { type: "button", class: "as-icon send", "aria-label": "Send message", title: "Send message", onclick: () => { this.#post(); this.focus(); } }, icon("send"));
    this.line = el("div", { class: "composer-line" }, this.attachButton, this.text, this.sendButton);
    root.addEventListener("paste", (event) => this.#paste(event));
    root.addEventListener("input", () => this.changed());
    root.replaceChildren(this.picker.node, this.replyBar, this.uploads.said, this.uploads.node, this.uploads.input, this.line);
  }

  /** Show the channel that a message goes to, and the draft there. */
  setChannel(label, refusal, { text, reply, form, files }) {
    this.#clear();
    this.setWritable(label, refusal);
    this.text.value = text;
    if (reply) this.#showReply(reply);
    if (files.length) this.uploads.add(files);
    const entry = form && entries(this.commands()).find((one) => one.name === form.name);
    if (entry) this.#open(entry, form.fields);
    this.picker.refresh();
  }

  /** Let the person write, unless there is a `refusal`, which is shown. */
  setWritable(label, refusal) {
    this.text.readOnly = Boolean(refusal);
    for (const button of [this.attachButton, this.sendButton]) disable(button, this.text.readOnly);
    this.text.placeholder = refusal || `Message ${label}`;
    this.text.setAttribute("aria-label", `Message ${label}`);
    this.root.classList.toggle("locked", Boolean(refusal));
  }

  draft() {
    return { text: this.text.value, reply: this.reply, form: this.form?.draft() ?? null, files: this.uploads.files };
  }

  /** Write a text where the caret is. */
  insert(text) {
    this.text.setRangeText(text, this.text.selectionStart, this.text.selectionEnd, "end");
    this.changed();
    this.text.focus();
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
    this.#clear();
    this.changed();
  }

  #clear() {
    this.form?.node.remove();
    this.form = null;
    this.line.hidden = false;
    this.text.value = "";
    this.uploads.take();
    this.#showReply(null);
    this.picker.refresh();
  }

  /** Make the next message a reply to a message, whose author has this name, or to none. */
  replyTo(message, name = "", canPing = true) {
    this.#showReply(message && { id: message.id, name, canPing, ping: canPing });
    this.changed();
    this.focus();
  }

  #showReply(reply) {
    this.reply = reply;
    this.replyBar.hidden = !reply;
    if (!reply) return;
    const { name, canPing } = reply;
    const ping = el("button", { type: "button", class: "as-link ping", "aria-label": "Notify the author", disabled: !canPing, onclick: () => {
      this.reply.ping = !this.reply.ping;
      said();
      this.changed();
      this.focus();
    } });
    const said = () => {
      ping.textContent = this.reply.ping ? "@ on" : "@ off";
      ping.title = canPing ? "Whether the author is notified" : "Replies to this message notify nobody";
      ping.setAttribute("aria-pressed", String(this.reply.ping));
    };
    said();
    const close = el("button", { type: "button", class: "as-icon", "aria-label": "Cancel reply", onclick: () => this.replyTo(null) }, icon("close"));
    this.replyBar.replaceChildren(el("span", { class: "reply-to" }, "Replying to ", el("b", {}, name)), ping, close);
  }

  #commands() {
    const command = /^\/([^\n]*)$/.exec(this.text.value);
    if (!command) return null;
    return matching(entries(this.commands()), command[1]).map((entry) => {
      const required = entry.options.filter((option) => option.required).map((option) => el("span", { class: "field-name" }, option.name));
      const nodes = [el("div", {}, el("b", {}, `/${entry.name} `), required), el("div", { class: "subtext" }, entry.description)];
      return { name: entry.name, nodes, choose: () => this.#open(entry), keys: ["Enter", "Tab", " "] };
    });
  }

  #key(event) {
    if (event.isComposing) return;
    if (this.picker.key(event)) {
      event.preventDefault();
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.replyTo(null);
      this.picker.close();
    } else if (event.key === "ArrowUp" && !this.text.value) {
      event.preventDefault();
      this.editLast();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#post();
    }
  }

  // A space chooses a command only if no longer one matches, such as "/model list" for "/model ".
  #isChosenBy(key, shown) {
    const typed = this.text.value.slice(1);
    return key !== " " || shown.filter((entry) => `${entry.name} `.startsWith(`${typed} `)).length === 1;
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
    const written = this.text.value.trim();
    const command = entries(this.commands()).find(({ name }) => written === `/${name}`);
    if (command) {
      this.#open(command);
      return;
    }
    const content = this.mentions.encode(written);
    const files = this.uploads.files;
    if (this.text.readOnly || !content && !files.length) return;
    const { id = null, ping = true } = this.reply ?? {};
    this.leave();
    this.post({ content, files, reply_to: id, ping });
  }

  #open(entry, fields = this.begun.get(entry.name)) {
    this.#clear();
    const leave = (text) => {
      this.leave();
      this.text.value = text;
      this.picker.closed = true;
      this.changed();
      this.text.focus();
    };
    this.form = new CommandForm(entry, {
      names: this.names,
      autocomplete: this.autocomplete,
      send: (name, values) => { this.begun.delete(name); leave(""); this.slash(name, values); },
      cancel: () => { this.begun.delete(entry.name); leave(""); },
      // With Escape, what was filled in stays for the next time.
      escape: () => { this.begun.set(entry.name, this.form.draft().fields); leave(`/${entry.name}`); },
      changed: () => this.changed(),
    });
    this.line.hidden = true;
    this.picker.hide();
    this.root.append(this.form.node);
    this.form.restore(fields ?? {});
    this.changed();
    this.form.focus();
  }
}
