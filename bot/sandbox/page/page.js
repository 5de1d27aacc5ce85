// The state of the page, the events that change it, and the requests to the server.

import { Composer } from "./composer.js";
import { el } from "./dom.js";
import { MessageView, avatar, continues, displayName } from "./messages.js";
import { openModal } from "./modal.js";
import { keepRelativeTimesFresh } from "./times.js";

const DM = 1;
const TEXT_CHANNELS = [0, 5, 10, 11, 12];
const MESSAGE_COMMAND = 3;
const EPHEMERAL = 1 << 6;
const STUCK_PX = 120;

const at = (id) => document.getElementById(id);
const state = { me: null, bot: null, guilds: [], channels: new Map(), messages: new Map(), commands: {}, channel: null };
let views = new Map();

const names = {
  member: (id) => member(id)?.nick ?? null,
  user: (id) => {
    const user = member(id)?.user;
    return user ? displayName(user, names) : "unknown-user";
  },
  role: (id) => state.guilds.flatMap((guild) => guild.roles).find((role) => role.id === id)?.name ?? "deleted-role",
  channel: (id) => state.channels.get(id)?.name ?? "unknown",
  all: (kind) => listed[kind](),
  open: (channelId, messageId) => openMessage(channelId, messageId),
};
const listed = {
  users: () => guildOf(state.channel).members.map(({ user }) => ({ value: user.id, label: displayName(user, names) })),
  roles: () => guildOf(state.channel).roles.map((role) => ({ value: role.id, label: role.name })),
  channels: () => guildOf(state.channel).channels.map((channel) => ({ value: channel.id, label: `#${channel.name}` })),
};

function member(id) {
  return state.guilds.flatMap((guild) => guild.members).find(({ user }) => user.id === id);
}

function guildOf(channel) {
  return state.guilds.find((guild) => guild.id === channel?.guild_id) ?? { members: [], roles: [], channels: [] };
}

function commandsHere() {
  return state.commands[state.channel?.id] ?? [];
}

// Requests

async function ask(what, body) {
  try {
    const response = await fetch(`/api/${what}`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    return await response.json();
  } catch {
    return { error: "The sandbox is not responding. Restart it, then reload this page." };
  }
}

/** Send a request, open the modal if there is one, and return an error text or null. */
async function act(what, body) {
  const { error, modal, interaction } = await ask(what, body);
  if (modal) openModal(modal, names, (values) => act("submit", { interaction, values }));
  return error ?? null;
}

const composer = new Composer(at("composer"), {
  names,
  commands: commandsHere,
  post: async (content) => {
    const channel = state.channel.id;
    const error = await act("post", { channel, content });
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
});

async function withFiles(values) {
  const options = {};
  const files = {};
  for (const [name, value] of Object.entries(values)) {
    if (value instanceof File) files[name] = { filename: value.name, content_type: value.type, base64: await base64(value) };
    else options[name] = value;
  }
  return { options, files };
}

function base64(file) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result.split(",")[1] ?? ""));
    reader.readAsDataURL(file);
  });
}

const actions = {
  click: (message, part) => act("click", { message: message.id, custom_id: part.custom_id }),
  select: (message, part, values) => act("select", { message: message.id, custom_id: part.custom_id, values }),
  dismiss: (view) => {
    messagesOf(view.message.channel_id).delete(view.message.id);
    drop(view.message.id);
    if (!view.message.isNotice) ask("dismiss", { message: view.message.id });
    composer.focus();
  },
};

/** Show a message of the client itself: a request has failed. */
function notice(channelId, error, message) {
  const id = String(BigInt(Date.now() - 1420070400000) << 22n);
  put({
    id, channel_id: channelId, timestamp: new Date().toISOString(), flags: EPHEMERAL, isNotice: true,
    content: "", attachments: [], embeds: [], components: [], error, ...message,
  });
}

// Messages

function messagesOf(channelId) {
  if (!state.messages.has(channelId)) state.messages.set(channelId, new Map());
  return state.messages.get(channelId);
}

function put(message) {
  const isNew = !messagesOf(message.channel_id).has(message.id);
  messagesOf(message.channel_id).set(message.id, message);
  if (message.channel_id !== state.channel?.id) {
    if (isNew) at(`channel-${message.channel_id}`)?.classList.add("unread");
    return;
  }
  if (views.has(message.id)) views.get(message.id).update(message);
  else append(message);
  if (isNew) typing.delete(message.author.id);
  showTyping();
}

function append(message) {
  const view = new MessageView(message, actions, names);
  const before = [...views.values()].at(-1)?.message;
  view.node.classList.toggle("compact", continues(message, before));
  if (!message.isNotice) view.node.append(toolbar(view));
  views.set(message.id, view);
  at("messages").append(view.node);
}

function drop(id) {
  views.get(id)?.node.remove();
  views.delete(id);
  let before = null;
  for (const view of views.values()) {
    view.node.classList.toggle("compact", continues(view.message, before));
    before = view.message;
  }
}

function toolbar(view) {
  const commands = commandsHere().filter((command) => command.type === MESSAGE_COMMAND);
  if (!commands.length || view.message.flags & EPHEMERAL) return "";
  const use = async (command) => {
    view.fail(await act("context", { name: command.name, message: view.message.id }));
  };
  return el("details", { class: "toolbar" }, el("summary", { "aria-label": "Apps" }, "⋯"),
    el("div", { class: "popup" }, commands.map((command) => el("button", {
      type: "button", class: "option", onclick: (event) => { event.target.closest("details").open = false; use(command); },
    }, command.name))));
}

// The log stays at the newest message until the person scrolls up.

let isAtEnd = true;

function toEnd() {
  at("log").scrollTop = at("log").scrollHeight;
}

function followTheLog() {
  const log = at("log");
  let size = "";
  const sizeNow = () => `${log.scrollHeight} ${log.clientHeight}`;
  log.addEventListener("scroll", () => {
    // A change of size scrolls too, before the observer below runs: ignore it.
    if (sizeNow() !== size) return;
    isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < STUCK_PX;
    at("jump").hidden = isAtEnd;
  });
  at("jump").addEventListener("click", toEnd);
  const resized = new ResizeObserver(() => {
    size = sizeNow();
    if (isAtEnd) toEnd();
  });
  resized.observe(log);
  resized.observe(at("messages"));
}

// Channels and members

function show(channel) {
  state.channel = channel;
  views = new Map();
  const label = channel.type === DM ? `@${channel.name}` : `#${channel.name}`;
  document.title = `${label} · Sandbox`;
  at("channel-name").textContent = label;
  at("channel-topic").textContent = channel.topic ?? "";
  const start = el("div", { class: "beginning" }, el("h2", {}, `Welcome to ${label}`),
    el("p", {}, "Type ", el("kbd", {}, "/"), " to see what the bot can do, select a command with the arrow keys, and press Enter."));
  at("messages").replaceChildren(start);
  for (const message of messagesOf(channel.id).values()) append(message);
  for (const link of document.querySelectorAll(".channel")) link.removeAttribute("aria-current");
  at(`channel-${channel.id}`)?.setAttribute("aria-current", "page");
  at(`channel-${channel.id}`)?.classList.remove("unread");
  composer.setChannel(label);
  isAtEnd = true;
  toEnd();
  showMembers(guildOf(channel));
  showTyping();
}

/** Scroll to a message, if it still exists and can be seen. */
function openMessage(channelId, messageId) {
  const channel = state.channels.get(channelId);
  if (!channel || !messagesOf(channelId).has(messageId)) return;
  if (channel !== state.channel) show(channel);
  const { node } = views.get(messageId);
  isAtEnd = false;
  node.scrollIntoView({ block: "center" });
  node.focus({ preventScroll: true });
  node.classList.remove("found");
  requestAnimationFrame(() => node.classList.add("found"));
}

function showChannels() {
  const groups = state.guilds.map((guild) => group(guild.name, guild.channels.filter((one) => TEXT_CHANNELS.includes(one.type))));
  const direct = [...state.channels.values()].filter((channel) => channel.type === DM);
  at("channels").replaceChildren(...groups, ...(direct.length ? [group("Direct messages", direct)] : []));
  at(`channel-${state.channel?.id}`)?.setAttribute("aria-current", "page");
}

function group(name, channels) {
  return el("section", {}, el("h2", {}, name), channels.map((channel) => el("button", {
    type: "button", class: channel.type >= 10 && channel.type <= 12 ? "channel thread" : "channel", id: `channel-${channel.id}`,
    onclick: () => { show(channel); composer.focus(); },
  }, el("span", { class: "sign", "aria-hidden": "true" }, channel.type === DM ? "@" : "#"), channel.name)));
}

function showMembers(guild) {
  at("members").replaceChildren(el("h2", {}, `Members – ${guild.members.length}`), ...guild.members.map(({ user, nick }) => {
    const name = nick ?? displayName(user, names);
    return el("div", { class: "member" }, avatar(user, name), el("span", { class: user.bot ? "author bot" : "author" }, name),
      user.bot ? el("span", { class: "badge" }, "APP") : "");
  }));
}

const typing = new Map();

function showTyping() {
  const now = Date.now();
  const here = [...typing.entries()].filter(([, { channel, until }]) => channel === state.channel?.id && until > now);
  const who = here.map(([id]) => names.user(id)).join(", ");
  at("typing").textContent = who ? `${who} ${here.length > 1 ? "are" : "is"} typing…` : "";
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
    at("me").replaceChildren(avatar(event.me, displayName(event.me, names)), displayName(event.me, names));
    show(state.channels.get(wasAt) ?? event.channels.find((one) => TEXT_CHANNELS.includes(one.type)) ?? event.channels[0]);
    composer.focus();
  },
  places(event) {
    setPlaces(event);
    if (!state.channels.has(state.channel.id)) show(event.channels[0]);
    else showMembers(guildOf(state.channel));
  },
  message_create: (event) => put(event.message),
  message_update: (event) => put(event.message),
  message_delete: ({ message }) => {
    messagesOf(message.channel_id).delete(message.id);
    if (message.channel_id === state.channel?.id) drop(message.id);
  },
  typing: (event) => {
    typing.set(event.user_id, { channel: event.channel_id, until: Date.now() + 10_000 });
    showTyping();
  },
};

function setPlaces({ me, bot, guilds, channels, commands }) {
  Object.assign(state, { me, bot, guilds, commands, channels: new Map(channels.map((channel) => [channel.id, channel])) });
  showChannels();
}

function listen() {
  const events = new EventSource("/api/events");
  events.addEventListener("message", ({ data }) => {
    const event = JSON.parse(data);
    handlers[event.type]?.(event);
  });
  events.addEventListener("open", () => { at("offline").hidden = true; });
  events.addEventListener("error", () => { at("offline").hidden = false; });
}

followTheLog();
setInterval(showTyping, 1000);
keepRelativeTimesFresh();
listen();
