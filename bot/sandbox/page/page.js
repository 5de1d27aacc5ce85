// The page: its parts, the events that change it, and what the person does.

import { Composer } from "./composer.js";
import { el } from "./dom.js";
import { openEditor } from "./editor.js";
import { Log, beginning } from "./log.js";
import { Mentions } from "./mentions.js";
import { offerActions } from "./menu.js";
import { displayName } from "./messages.js";
import { openModal } from "./modal.js";
import { labelOf, showChannels, showHeader, showMe, showMembers } from "./places.js";
import { ask, encoded, events as openEvents } from "./requests.js";
import { DM, TEXT_CHANNELS, commandsHere, isThread, mentionable, messagesOf, names, setPlaces, state } from "./state.js";
import { keepRelativeTimesFresh } from "./times.js";
import { acceptDrops } from "./uploads.js";

const MESSAGE_COMMAND = 3;
const EPHEMERAL = 1 << 6;
const PLAIN = [0, 19, 20, 23];
const THREAD_NAME_LIMIT = 100;
const GUILD_TEXT = [0, 5];

const at = (id) => document.getElementById(id);
const mentions = new Mentions(mentionable);

/** Send a request, open the modal if there is one, and return an error text or null. */
async function act(what, body) {
  const { error, modal, interaction } = await ask(what, body);
  if (modal) dialog(modal, (values) => act("submit", { interaction, values }));
  return error ?? null;
}

function dialog(modal, submit, look = {}) {
  openModal(modal, names, submit, { done: () => composer.focus(), ...look });
}

const composer = new Composer(at("composer"), {
  names,
  mentions,
  commands: commandsHere,
  post: async ({ content, files, reply_to, ping }) => {
    const channel = state.channel.id;
    const sent = await Promise.all(files.map(encoded));
    const error = await act("post", { channel, content, reply_to, ping, files: sent });
    if (error) notice(channel, error, { author: state.me, content });
  },
  slash: async (name, values) => {
    const channel = state.channel.id;
    const error = await act("slash", { channel, name, ...(await withFiles(values)) });
    if (error) notice(channel, error, { author: state.bot, interaction_metadata: { name, command_type: 1, user: state.me } });
  },
  autocomplete: async (name, options, focused) => {
    const known = Object.fromEntries(Object.entries(options).filter(([, value]) => !(value instanceof File)));
    const answer = await ask("autocomplete", { channel: state.channel.id, name, options: known, focused });
    return answer.choices ?? null;
  },
  editLast: () => {
    const own = [...log.views.values()].filter((view) => isMine(view.message));
    if (own.length) edit(own.at(-1));
  },
});

async function withFiles(values) {
  const options = {};
  const files = {};
  for (const [name, value] of Object.entries(values)) {
    if (value instanceof File) files[name] = await encoded(value);
    else options[name] = value;
  }
  return { options, files };
}

const log = new Log({
  names,
  actions: {
    click: (message, part) => act("click", { message: message.id, custom_id: part.custom_id }),
    select: (message, part, values) => act("select", { message: message.id, custom_id: part.custom_id, values }),
    dismiss: (view) => {
      messagesOf(view.message.channel_id).delete(view.message.id);
      log.drop(view.message.id);
      if (!view.message.isNotice) ask("dismiss", { message: view.message.id });
      composer.focus();
    },
  },
});

/** Show a message of the client itself: a request has failed. */
function notice(channelId, error, message) {
  const id = String(BigInt(Date.now() - 1420070400000) << 22n);
  put({
    id, channel_id: channelId, timestamp: new Date().toISOString(), flags: EPHEMERAL, isNotice: true,
    content: "", attachments: [], embeds: [], components: [], error, ...message,
  });
}

// What can be done with a message

function isMine(message) {
  return message.author.id === state.me.id && PLAIN.includes(message.type);
}

function actionsOf(view) {
  const { message } = view;
  if (message.isNotice || message.flags & EPHEMERAL || !PLAIN.includes(message.type)) return { quick: [], all: [] };
  const reply = { label: "Reply to this message", icon: "reply", act: () => replyTo(message) };
  const change = isMine(message) ? [{ label: "Edit message", icon: "edit", act: () => edit(view) }] : [];
  const canBegin = GUILD_TEXT.includes(state.channel.type) && !message.thread;
  const thread = canBegin ? [{ label: "Create thread", icon: "thread", act: () => beginThread({ message: message.id }) }] : [];
  const apps = commandsHere().filter((command) => command.type === MESSAGE_COMMAND)
    .map((command) => ({ label: command.name, icon: "app", act: () => use(view, command) }));
  const copy = message.content ? [{ label: "Copy text", icon: "copy", act: () => navigator.clipboard.writeText(message.content) }] : [];
  const forward = { label: "Forward", icon: "forward", act: () => forwardTo(message) };
  const remove = isMine(message) ? [null, { label: "Delete message", icon: "trash", isDanger: true, act: () => confirmDeletion(message) }] : [];
  return {
    quick: [reply, ...change, ...thread],
    all: [reply, forward, ...change, ...thread, ...copy, ...(apps.length ? [null, ...apps] : []), ...remove],
  };
}

function replyTo(message) {
  const canPing = message.author.id !== state.me.id && !message.interaction_metadata && !message.webhook_id;
  composer.replyTo(message, displayName(message.author, names), canPing);
}

function edit(view) {
  const save = (text) => act("edit", { message: view.message.id, content: mentions.encode(text) });
  openEditor(view, mentions.decode(view.message.content), { save, done: () => composer.focus() });
}

async function use(view, command) {
  view.fail(await act("context", { name: command.name, message: view.message.id }));
}

function confirmDeletion(message) {
  const text = { type: 10, content: "Delete this message? This cannot be undone." };
  dialog({ title: "Delete message", components: [text] }, () => act("delete", { message: message.id }), { button: "Delete", isDanger: true });
}

function forwardTo(message) {
  const places = [...state.channels.values()].map((channel) => ({ label: labelOf(channel), value: channel.id }));
  const where = { type: 3, custom_id: "channel", placeholder: "Choose a channel", options: places };
  dialog({ title: "Forward to", components: [{ type: 18, label: "Channel", component: where }] },
    async ({ channel: [channel] }) => channel ? act("forward", { message: message.id, channel }) : "Choose a channel.", { button: "Forward" });
}

function beginThread(place) {
  const name = { type: 4, custom_id: "name", style: 1, max_length: THREAD_NAME_LIMIT, placeholder: "New thread" };
  dialog({ title: "Create thread", components: [{ type: 18, label: "Thread name", component: name }] }, async (values) => {
    const { error, thread } = await ask("thread", { channel: state.channel.id, ...place, ...values });
    if (thread) wanted = thread;
    openWanted();
    return error ?? null;
  }, { button: "Create" });
}

offerActions(at("log"), (node) => log.viewOf(node), actionsOf);
acceptDrops(at("drop"), (files) => composer.attach(files));

// Messages

function put(message) {
  const isNew = !messagesOf(message.channel_id).has(message.id);
  messagesOf(message.channel_id).set(message.id, message);
  if (message.channel_id === state.channel?.id) log.put(message);
  else if (isNew) at(`channel-${message.channel_id}`)?.classList.add("unread");
  if (isThread(state.channels.get(message.channel_id))) log.refresh();
  if (isNew && message.author.id === state.me.id && message.channel_id === state.channel?.id) log.toEnd();
  if (isNew) typing.delete(message.author.id);
  showTyping();
}

/** Let what refers to a message show it as it is now, or as deleted. */
function refer(id, target) {
  for (const messages of state.messages.values()) {
    for (const message of messages.values()) {
      if (message.referenced_message?.id === id) put({ ...message, referenced_message: target });
    }
  }
}

/** Scroll to a message, if it still exists and can be seen. */
function openMessage(channelId, messageId) {
  const channel = state.channels.get(channelId);
  if (!channel || !messagesOf(channelId).has(messageId)) return;
  if (channel !== state.channel) show(channel);
  log.reveal(messageId);
}
names.open = openMessage;
names.show = (id) => { if (state.channels.has(id)) go(state.channels.get(id)); };

// Channels

let wanted = null;

function openWanted() {
  const channel = state.channels.get(wanted);
  if (!channel) return;
  wanted = null;
  go(channel);
}

function go(channel) {
  show(channel);
  composer.focus();
}

function show(channel) {
  state.channel = channel;
  showPlaces();
  const label = labelOf(channel);
  log.begin(beginning(label, isThread(channel), channel.type === DM), messagesOf(channel.id).values());
  at(`channel-${channel.id}`)?.classList.remove("unread");
  composer.setChannel(label);
  openSidebar(false);
  showTyping();
}

function showPlaces() {
  showChannels(go);
  showHeader({ show: go, begin: (parent) => beginThread({ channel: parent.id }), close: (thread) => act("close", { channel: thread.id }) });
  showMembers();
}

function openSidebar(isOpen) {
  at("app").classList.toggle("sidebar-open", isOpen);
  at("menu-button").setAttribute("aria-expanded", String(isOpen));
}

const typing = new Map();

function showTyping() {
  const now = Date.now();
  const here = [...typing.entries()].filter(([, { channel, until }]) => channel === state.channel?.id && until > now);
  const who = here.map(([id]) => names.user(id) === "unknown-user" ? displayName(state.bot, names) : names.user(id)).join(", ");
  const dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
  at("typing").replaceChildren(...(who ? [dots, el("span", {}, el("b", {}, who), ` ${here.length > 1 ? "are" : "is"} typing…`)] : []));
}

// Events

const handlers = {
  state(event) {
    const wasAt = state.channel?.id;
    setPlaces(event);
    state.messages = new Map();
    for (const message of event.messages) messagesOf(message.channel_id).set(message.id, message);
    at("banner").textContent = event.banner;
    at("banner").hidden = !event.banner;
    showMe(event);
    show(state.channels.get(wasAt) ?? event.channels.find((one) => TEXT_CHANNELS.includes(one.type)) ?? event.channels[0]);
    composer.focus();
  },
  places(event) {
    setPlaces(event);
    showMe(event);
    const here = state.channels.get(state.channel.id);
    if (!here) {
      show(event.channels[0]);
      return;
    }
    state.channel = here;
    showPlaces();
    log.refresh();
    openWanted();
  },
  message_create: (event) => put(event.message),
  message_update: ({ message }) => {
    put(message);
    refer(message.id, message);
  },
  message_delete: ({ message }) => {
    refer(message.id, null);
    messagesOf(message.channel_id).delete(message.id);
    if (message.channel_id === state.channel?.id) log.drop(message.id);
  },
  typing: (event) => {
    typing.set(event.user_id, { channel: event.channel_id, until: Date.now() + 10_000 });
    showTyping();
  },
};

function listen() {
  const events = openEvents();
  events.addEventListener("message", ({ data }) => {
    const event = JSON.parse(data);
    handlers[event.type]?.(event);
  });
  events.addEventListener("open", () => { at("offline").hidden = true; });
  events.addEventListener("error", () => { at("offline").hidden = false; });
}

at("menu-button").addEventListener("click", () => openSidebar(!at("app").classList.contains("sidebar-open")));
at("shade").addEventListener("click", () => openSidebar(false));
setInterval(showTyping, 1000);
keepRelativeTimesFresh();
listen();
