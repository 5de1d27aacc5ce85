// A message: author, text, files, embeds and components.

import { el, link, webAddress } from "./dom.js";
import { render, renderLine } from "./markdown.js";
import { bytes } from "./requests.js";
import { whenSent } from "./times.js";

const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const REPLY = 19;
const RENAMED = 4;
const THREAD_STARTED = 18;
const THREAD_STARTER = 21;
const FORWARDED = 1;
const GROUP_MS = 7 * 60 * 1000;
const BUTTON_STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link" };
const BOT_HUE = "#5865f2";
const HUES = ["#3ba55c", "#c27c0e", "#ad1457", "#206694", "#71368a"];

export function displayName(user, names) {
  return names.member(user.id) ?? user.global_name ?? user.username;
}

export function avatar(user, name) {
  const hue = user.bot ? BOT_HUE : HUES[Number(BigInt(user.id) % BigInt(HUES.length))];
  const face = el("div", { class: "avatar", "aria-hidden": "true" }, [...name][0]?.toUpperCase() ?? "?");
  face.style.backgroundColor = hue;
  return face;
}

/** Return the message as it is shown: the first one of a thread is that at which it began. */
function unwrapped(message) {
  if (message.type !== THREAD_STARTER) return message;
  const original = message.referenced_message;
  if (!original) return { ...message, content: "*The message at which this thread began was deleted.*" };
  const { author, content, attachments, embeds, timestamp } = original;
  return { ...message, author, content, attachments, embeds, timestamp, referenced_message: null };
}

/** Return true if message follows `before` without a line for its author. */
export function continues(message, before) {
  if (!before || before.author.id !== message.author.id) return false;
  if (message.interaction_metadata || message.message_reference || message.type === RENAMED) return false;
  if ((before.flags & EPHEMERAL) !== (message.flags & EPHEMERAL)) return false;
  return new Date(message.timestamp) - new Date(before.timestamp) < GROUP_MS;
}

/** The element of a message; `update` replaces only what has changed and keeps the focus. */
export class MessageView {
  constructor(message, actions, names) {
    this.actions = actions;
    this.names = names;
    this.parts = {};
    this.shown = {};
    for (const part of ["origin", "head", "body", "forward", "files", "embeds", "components", "reactions", "thread", "error", "note"]) {
      this.parts[part] = el("div", { class: `message-${part}` });
    }
    const { origin, ...rest } = this.parts;
    this.face = el("div", { class: "message-face" });
    this.node = el("article", { class: "message", tabindex: "-1", dataset: { id: message.id } },
      origin, this.face, el("div", { class: "message-main" }, Object.values(rest)));
    this.update(message);
  }

  update(received) {
    this.received = received;
    const message = this.message = unwrapped(received);
    const loading = Boolean(message.flags & LOADING);
    this.node.classList.toggle("ephemeral", Boolean(message.flags & EPHEMERAL));
    this.node.classList.toggle("loading", loading);
    this.node.setAttribute("aria-busy", String(loading));
    this.#part("origin", [message.interaction_metadata, message.referenced_message], () => this.#origin());
    this.#part("head", message.author, () => this.#head());
    this.#part("body", [message.content, loading, message.edited_timestamp && true, this.#places()], () => this.#body(loading));
    this.#part("forward", message.message_snapshots, () => this.#forward());
    this.#part("files", message.attachments, () => message.attachments.map(file));
    this.#part("embeds", message.embeds, () => message.embeds.map((one) => embed(one, this.names)));
    this.#part("components", message.components, () => message.components.map((one) => this.#component(one)));
    this.#part("reactions", message.reactions, () => (message.reactions ?? []).map(({ emoji, count }) => el("span", { class: "reaction" }, `${emoji.name} ${count}`)));
    this.#part("thread", message.thread && this.names.thread(message.thread.id), () => this.#thread());
    this.node.classList.toggle("for-me", this.names.isForMe(message));
    if (message.error) this.fail(message.error);
    this.#part("note", message.flags & EPHEMERAL, () => this.#note());
  }

  /** Show an error below the message; null removes it. */
  fail(text) {
    this.parts.error.replaceChildren(text ?? "");
  }

  /** Return the names of the channels in the text, which may change. */
  #places() {
    return [...this.message.content.matchAll(/<#(\d+)>/g)].map(([, id]) => this.names.channel(id));
  }

  #part(name, data, build) {
    const now = JSON.stringify(data ?? null);
    if (this.shown[name] === now) return;
    this.shown[name] = now;
    this.parts[name].replaceChildren(...build());
  }

  #origin() {
    const { interaction_metadata: used, referenced_message: replied, type } = this.message;
    if (used?.name && type !== REPLY) {
      const command = used.command_type === 1 ? `/${used.name}` : used.name;
      return [el("b", {}, displayName(used.user, this.names)), " used ", el("span", { class: "mention" }, command)];
    }
    if (replied) {
      const text = replied.content ? renderLine(replied.content, this.names) : ["an attachment"];
      const jump = () => this.names.open(replied.channel_id, replied.id);
      return [el("button", { type: "button", class: "replied", onclick: jump },
        "↱ ", el("b", {}, displayName(replied.author, this.names)), " ", ...text)];
    }
    if (type === REPLY && replied === null) return ["↱ The original message was deleted."];
    return [];
  }

  #head() {
    const { author, timestamp } = this.message;
    const name = displayName(author, this.names);
    this.face.replaceChildren(avatar(author, name));
    const sent = new Date(timestamp);
    return [
      el("span", { class: author.bot ? "author bot" : "author" }, name),
      author.bot ? el("span", { class: "badge" }, "APP") : "",
      el("time", { datetime: timestamp, title: sent.toLocaleString() }, whenSent(sent)),
    ];
  }

  #body(loading) {
    if (loading) {
      const dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
      return [el("div", { class: "thinking" }, dots, `${displayName(this.message.author, this.names)} is thinking…`)];
    }
    if (this.message.type === RENAMED) return [el("span", { class: "system" }, `renamed the thread: ${this.message.content}`)];
    if (this.message.type === THREAD_STARTED) return [el("span", { class: "system" }, "started a thread")];
    const nodes = [...render(this.message.content, this.names), ...this.#extras()];
    if (this.message.content && this.message.edited_timestamp) {
      const last = nodes.at(-1);
      const mark = el("span", { class: "edited" }, "(edited)");
      if (last?.tagName === "DIV") last.append(" ", mark);
      else nodes.push(mark);
    }
    return nodes;
  }

  #extras() {
    const { sticker_items: stickers = [], poll } = this.message;
    const answers = (poll?.answers ?? []).map((answer) => el("li", {}, answer.poll_media.text));
    return [
      ...stickers.map((sticker) => el("div", { class: "subtext" }, `Sticker: ${sticker.name}`)),
      ...(poll ? [el("div", { class: "container" }, el("b", {}, poll.question.text), el("ul", {}, answers))] : []),
    ];
  }

  #forward() {
    if (this.message.message_reference?.type !== FORWARDED) return [];
    return (this.message.message_snapshots ?? []).map(({ message }) => el("blockquote", {},
      el("div", { class: "subtext" }, "Forwarded"), render(message.content, this.names), message.attachments.map(file)));
  }

  #thread() {
    const thread = this.names.thread(this.message.thread?.id);
    if (!thread) return [];
    const count = thread.count === 1 ? "1 message" : `${thread.count} messages`;
    return [el("button", { type: "button", class: "thread-link", onclick: () => this.names.show(thread.id) },
      el("b", {}, thread.name), el("span", {}, `${count} ›`))];
  }

  #note() {
    if (!(this.message.flags & EPHEMERAL)) return [];
    const dismiss = el("button", { type: "button", class: "as-link", onclick: () => this.actions.dismiss(this) }, "Dismiss message");
    return ["Only you can see this · ", dismiss];
  }

  #component(part) {
    switch (part.type) {
      case 1: return el("div", { class: "row" }, part.components.map((one) => this.#component(one)));
      case 2: return this.#button(part);
      case 3: case 5: case 6: case 7: case 8: return this.#select(part);
      case 9: return el("div", { class: "section" },
        el("div", {}, part.components.map((one) => this.#component(one))), this.#component(part.accessory));
      case 10: return el("div", {}, render(part.content, this.names));
      case 14: return el("hr", { class: part.divider === false ? "blank" : "" });
      case 17: return el("div", { class: "container" }, part.components.map((one) => this.#component(one)));
      default: return el("div", { class: "subtext" }, `(component of type ${part.type})`);
    }
  }

  #button(part) {
    const text = [part.emoji?.name, part.label].filter(Boolean).join(" ");
    if (part.style === 5) {
      const address = webAddress(part.url);
      const node = address ? link(address, `${text} ↗`) : el("span", {}, text);
      node.className = "button link";
      return node;
    }
    const press = (event) => this.#act(event.currentTarget, this.actions.click(this.message, part));
    const style = BUTTON_STYLES[part.style] ?? "secondary";
    return el("button", { type: "button", class: `button ${style}`, disabled: part.disabled, onclick: press }, text);
  }

  #select(part) {
    const choose = (node, values) => this.#act(node, this.actions.select(this.message, part, values));
    return selectNode(part, this.names, choose);
  }

  async #act(node, done) {
    this.fail(null);
    node.classList.add("busy");
    node.disabled = true;
    const error = await done;
    node.classList.remove("busy");
    node.disabled = false;
    if (error) this.fail(error);
  }
}

/** Return the options of a select: its own, or the guild's users, roles or channels. */
function selectOptions(part, names) {
  if (part.type === 3) return part.options;
  const kinds = { 5: ["users"], 6: ["roles"], 7: ["users", "roles"], 8: ["channels"] };
  return kinds[part.type].flatMap((kind) => names.all(kind));
}

/** Return a select; it calls `choose(node, values)`. */
export function selectNode(part, names, choose) {
  const many = (part.max_values ?? 1) > 1;
  const options = selectOptions(part, names).map((option) => el("option", {
    value: option.value, selected: Boolean(option.default), title: option.description,
  }, [option.emoji?.name, option.label].filter(Boolean).join(" ")));
  const label = part.placeholder ?? "Make a selection";
  const node = el("select", {
    multiple: many, disabled: part.disabled, "aria-label": label, dataset: { customId: part.custom_id },
  });
  if (!many) {
    const none = !options.some((option) => option.hasAttribute("selected") || option.selected);
    node.append(el("option", { value: "", disabled: true, selected: none, hidden: true }, label));
  }
  node.append(...options);
  const values = () => [...node.selectedOptions].map((option) => option.value).filter(Boolean);
  if (!many) {
    node.addEventListener("change", () => choose(node, values()));
    return node;
  }
  node.size = Math.min(options.length, 6);
  const done = el("button", { type: "button", class: "button secondary", onclick: () => choose(node, values()) }, "Choose");
  return el("div", { class: "many" }, el("span", { class: "subtext" }, label), node, done);
}

function file(attachment) {
  const address = new URL(attachment.url, location.href);
  const href = address.pathname;
  const name = el("a", { href, download: attachment.filename }, attachment.filename);
  const size = el("span", { class: "subtext" }, bytes(attachment.size));
  const picture = attachment.content_type?.startsWith("image/") && attachment.content_type !== "image/svg+xml"
    ? el("img", { src: href, alt: attachment.description ?? attachment.filename }) : null;
  const get = el("a", { class: "download", href, download: attachment.filename, "aria-label": `Download ${attachment.filename}` }, "Download");
  return el("div", { class: "file" }, el("div", {}, name, size), get, picture);
}

function embed(data, names) {
  const address = data.url ? webAddress(data.url) : null;
  const title = data.title ? [address ? link(address, data.title) : data.title] : [];
  const fields = (data.fields ?? []).map((field) => el("div", { class: field.inline ? "field inline" : "field" },
    el("b", {}, field.name), el("div", {}, render(field.value, names))));
  const node = el("div", { class: "embed" },
    data.author ? el("div", { class: "embed-author" }, data.author.name) : null,
    title.length ? el("div", { class: "embed-title" }, title) : null,
    data.description ? el("div", {}, render(data.description, names)) : null,
    fields.length ? el("div", { class: "fields" }, fields) : null,
    data.footer ? el("div", { class: "subtext" }, data.footer.text) : null);
  if (data.color) node.style.borderLeftColor = `#${data.color.toString(16).padStart(6, "0")}`;
  return node;
}
