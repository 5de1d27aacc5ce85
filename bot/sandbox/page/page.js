// The page: its parts, and the events that change it.

import { MessageActions, isMine } from "./actions.js";
import { announce, announceDeleted, announceMessage, forgetAnswers } from "./announce.js";
import { fillBar, showBot, showClock } from "./bar.js";
import { Composer } from "./composer.js";
import { el } from "./dom.js";
import { draftOf, keepDraft } from "./drafts.js";
import { Faults } from "./faults.js";
import { offerKeys } from "./keys.js";
import { Log, beginning } from "./log.js";
import { Mentions } from "./mentions.js";
import { closeMenu, offerActions } from "./menu.js";
import { displayName } from "./messages.js";
import { openModal } from "./modal.js";
import { Permissions } from "./permissions.js";
import { channelNamed, labelOf, setUnread, showChannels, showHeader, showMe, showMembers } from "./places.js";
import { ask, encoded, encodedValues, events as openEvents } from "./requests.js";
import { DM, TEXT_CHANNELS, commandsHere, isThread, mayWrite, mentionable, messagesOf, names, refusal, setPlaces, state } from "./state.js";
import { keepTimesFresh, nowMs } from "./times.js";
import { Tools } from "./tools.js";
import { showTyping, startTyping, stopTyping } from "./typing.js";
import { acceptDrops } from "./uploads.js";
import { offerChips, watchForThePlug } from "./welcome.js";
import { Wire } from "./wire.js";

const EPHEMERAL = 1 << 6;

const at = (id) => document.getElementById(id);
const mentions = new Mentions(mentionable);

/** Send a request, open the modal if there is one, and return an error text or null.
 *  `opened(thread)` is told the id of a thread that it began. */
async function act(what, body, opened) {
  const { error, modal, interaction, thread } = await ask(what, body);
  if (modal) dialog(modal, (values) => act("submit", { interaction, values }));
  if (thread) opened?.(thread);
  return error ?? null;
}

function dialog(modal, submit, look = {}) {
  openModal(modal, names, submit, { lost: () => composer.focus(), ...look });
}

async function slash(name, values) {
  const channel = state.channel.id;
  const error = await act("slash", { channel, name, ...(await encodedValues(values)) });
  if (error) notice(channel, error, { author: state.bot, interaction_metadata: { name, command_type: 1, user: state.me } });
}

const composer = new Composer(at("composer"), {
  names,
  mentions,
  slash,
  commands: commandsHere,
  changed: () => { if (state.channel) keepDraft(state.me.id, state.channel.id, composer.draft()); },
  post: async ({ content, files, reply_to, ping }) => {
    const channel = state.channel.id;
    const sent = await Promise.all(files.map(encoded));
    const error = await act("post", { channel, content, reply_to, ping, files: sent });
    if (error) notice(channel, error, { author: state.me, content });
  },
  autocomplete: async (name, options, focused) => {
    const known = Object.fromEntries(Object.entries(options).filter(([, value]) => !(value instanceof File)));
    const answer = await ask("autocomplete", { channel: state.channel.id, name, options: known, focused });
    return answer.choices ?? null;
  },
  editLast: () => {
    const own = [...log.views.values()].filter((view) => isMine(view.message));
    if (own.length) actions.edit(own.at(-1));
  },
});

const actions = new MessageActions({
  act, dialog, composer, mentions,
  opened: (thread) => {
    wanted = thread;
    openWanted();
  },
});

const log = new Log({
  names,
  leave: () => composer.focus(),
  actions: {
    click: (message, part) => act("click", { message: message.id, custom_id: part.custom_id }),
    select: (message, part, values) => act("select", { message: message.id, custom_id: part.custom_id, values }),
    react: (message, emoji, on) => act("react", { message: message.id, emoji, on }),
    dismiss: (view) => {
      messagesOf(view.message.channel_id).delete(view.message.id);
      log.drop(view.message.id);
      if (!view.message.isNotice) ask("dismiss", { message: view.message.id });
      composer.focus();
    },
  },
});
offerActions(at("log"), (node) => log.viewOf(node), (view) => actions.of(view));
acceptDrops(at("drop"), (files) => composer.attach(files));

const faults = new Faults();
const permissions = new Permissions();
const tools = new Tools([new Wire(), faults, permissions]);

/** Show a message of the client itself: a request has failed. */
function notice(channelId, error, message) {
  const id = String(BigInt(Math.round(nowMs()) - 1420070400000) << 22n);
  put({
    id, channel_id: channelId, timestamp: new Date(nowMs()).toISOString(), flags: EPHEMERAL, isNotice: true,
    content: "", attachments: [], embeds: [], components: [], error, ...message,
  });
}

// Messages

function put(message) {
  const before = messagesOf(message.channel_id).get(message.id);
  const isHere = message.channel_id === state.channel?.id;
  messagesOf(message.channel_id).set(message.id, message);
  if (isHere) log.put(message);
  else if (!before) setUnread(message.channel_id, true);
  if (isThread(state.channels.get(message.channel_id))) log.refresh();
  if (!before && isHere && message.author.id === state.me.id) log.toEnd();
  if (!before) stopTyping(message.author.id);
  tell(message, before, isHere);
  watchForThePlug(message);
}

function tell(message, before, isHere) {
  const isOwn = message.author.id === state.me.id && !message.error;
  if (isHere && !isOwn) announceMessage(message, !before, displayName(message.author, names), log.views.get(message.id).parts.body);
  else if (!isHere && !before) announce(`New message in ${labelOf(state.channels.get(message.channel_id) ?? state.channel)}.`);
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
  forgetAnswers();
  // A reload opens it again.
  const name = isThread(channel) || channel.type === DM ? channel.id : channel.name;
  history.replaceState(null, "", `${location.search}#${encodeURIComponent(name)}`);
  showPlaces();
  const label = labelOf(channel);
  log.begin(beginning(label, isThread(channel), channel.recipients), messagesOf(channel.id).values());
  setUnread(channel.id, false);
  composer.setChannel(label, refusal(), draftOf(state.me.id, channel.id));
  openSidebar(false);
  showTyping();
}

function showPlaces() {
  showChannels(go);
  showHeader({ show: go, begin: (parent) => actions.beginThread({ channel: parent.id }), close: (thread) => act("close", { channel: thread.id }) });
  showMembers({ mention: (user) => composer.insert(`@${displayName(user, names)} `), become });
  showMe(state, become);
  permissions.show();
}

/** Act as another person, in the same channel if that one sees it. */
function become(person) {
  if (person.id === state.me.id) return;
  history.replaceState(null, "", `?as=${encodeURIComponent(person.username)}${location.hash}`);
  announce(`You act as ${displayName(person, names)} now.`);
  stream.close();
  listen();
}

function openSidebar(isOpen) {
  at("app").classList.toggle("sidebar-open", isOpen);
  at("menu-button").setAttribute("aria-expanded", String(isOpen));
  if (isOpen) at("channels").querySelector("[aria-current], button")?.focus();
}

/** Close the list of channels where it lies above the messages; return false if it was closed. */
function closeSidebar() {
  if (!at("app").classList.contains("sidebar-open")) return false;
  openSidebar(false);
  at("menu-button").focus();
  return true;
}

// Events

/** Show how the bot's process is. */
function bot(event) {
  showBot(event, displayName(state.bot, names), (text) => log.remark(text));
}

/** Do what a chip offers: a digest where there is something to read, anything else here. */
function useChip({ name, channel, command, options }) {
  if (name === "digest" && state.channels.has(channel)) go(state.channels.get(channel));
  log.toEnd();
  composer.focus();
  slash(command, options ?? {});
}

/** Return the channel of the address, or else one where there is something to read. */
function firstChannel({ channels, chips = [] }) {
  const isRead = chips.find(({ name }) => name === "digest")?.channel;
  return channelNamed(decodeURIComponent(location.hash.slice(1))) ?? state.channels.get(isRead)
    ?? channels.find((one) => TEXT_CHANNELS.includes(one.type)) ?? channels[0];
}

const handlers = {
  state(event) {
    setPlaces(event);
    state.messages = new Map();
    for (const message of event.messages) messagesOf(message.channel_id).set(message.id, message);
    if (event.clock) showClock(event.clock);
    show(firstChannel(event));
    bot(event.bot_state ?? { state: "running" });
    faults.show(event.faults ?? []);
    offerChips(mayWrite() ? event.chips : [], event.banner, useChip);
    composer.focus();
  },
  places(event) {
    setPlaces(event);
    const here = state.channels.get(state.channel.id);
    if (!here) {
      show(firstChannel(event));
      return;
    }
    state.channel = here;
    showPlaces();
    composer.setWritable(labelOf(here), refusal());
    log.refresh();
    openWanted();
  },
  bot,
  clock: showClock,
  faults: (event) => faults.show(event.faults),
  message_create: (event) => put(event.message),
  message_update: ({ message }) => {
    put(message);
    refer(message.id, message);
  },
  message_delete: ({ message }) => {
    refer(message.id, null);
    announceDeleted(message, names.user(message.author.id));
    messagesOf(message.channel_id).delete(message.id);
    if (message.channel_id === state.channel?.id) log.drop(message.id);
  },
  typing: (event) => startTyping(event.user_id, event.channel_id),
};

let stream = null;

function listen() {
  stream = openEvents();
  stream.addEventListener("message", ({ data }) => {
    const event = JSON.parse(data);
    const held = document.activeElement;
    handlers[event.type]?.(event);
    // What had the focus may be gone, such as the only message, or a channel.
    if (!held?.isConnected && document.activeElement === document.body) composer.focus();
  });
  stream.addEventListener("open", () => { at("offline").hidden = true; });
  stream.addEventListener("error", () => { at("offline").hidden = false; });
}

fillBar();
offerKeys({ composer, log: at("log"), close: () => closeMenu() || closeSidebar() });
at("menu-button").addEventListener("click", () => openSidebar(!at("app").classList.contains("sidebar-open")));
at("shade").addEventListener("click", closeSidebar);
keepTimesFresh();
listen();
