// A small demonstration chat. It shows how any chat widget works with Ahlan:
// it opens when an invitation is accepted, and says when a chat starts and ends.
"use strict";
{
  // Calls made before the tracker has loaded wait in `ahlan.q`. (`window.ahlan` is typed by the tracker.)
  window.ahlan = window.ahlan || /** @type {any} */ (function () { (window.ahlan.q = window.ahlan.q || []).push(arguments); });

  /** @typedef {{ from: "agent" | "visitor" | "note", text: string, lang?: string, dir?: string }} Message */
  /** @typedef {{ id: string, message: string, lang?: string, dir?: string }} Invitation */
  /** @typedef {{ messages: Message[], started: boolean, open: boolean }} Chat */

  const TEXTS = {
    en: {
      launch: "Chat with us", title: "Mihbaj", status: "A demonstration chat",
      close: "Close the chat", log: "Messages", label: "Your message", placeholder: "Write a message…",
      send: "Send", end: "End chat", ended: "The chat has ended. Write again whenever you like.", typing: "Writing…",
      greeting: "Ahlan! What can we help you with?",
      answers: [
        "Thank you! To be honest, nobody is at this desk: the shop is a demonstration, and I am a prepared answer. In a real shop, a person would be reading this now.",
        "Still only a demonstration, I am afraid. But Ahlan has noticed that you are chatting, and your visit in the console shows it.",
      ],
    },
    ar: {
      launch: "تحدّث معنا", title: "مهباج", status: "محادثة تجريبية",
      close: "أغلق المحادثة", log: "الرسائل", label: "رسالتك", placeholder: "اكتب رسالة…",
      send: "أرسل", end: "أنهِ المحادثة", ended: "انتهت المحادثة. اكتب من جديد متى أحببت.", typing: "يكتب…",
      greeting: "أهلًا! كيف نساعدك؟",
      answers: [
        "شكرًا لك! الحقيقة أن لا أحد خلف هذه المنضدة: المتجر للعرض، وأنا إجابة معدّة مسبقًا. في متجر حقيقي كان إنسان يقرأ رسالتك الآن.",
        "ما زلتُ إجابة تجريبية للأسف. لكن «أهلاً» لاحظ أنك تتحدّث معنا، وزيارتك في لوحة التحكم تبيّن ذلك.",
      ],
    },
  };
  const text = document.documentElement.lang === "ar" ? TEXTS.ar : TEXTS.en;

  const ANSWER_AFTER_MS = 1200;
  const STORE_KEY = "mihbaj.chat";
  const MAX_MESSAGES = 60;
  const MAX_LENGTH = 500;

  // --- What is remembered while the tab lives, so that a chat survives a change of page

  /** @returns {Chat} */
  function restore() {
    try {
      const chat = JSON.parse(sessionStorage.getItem(STORE_KEY) ?? "null");
      if (chat) return chat;
    } catch {
      // Storage is refused or spoilt: begin afresh.
    }
    return { messages: [], started: false, open: false };
  }

  const chat = restore();

  function save() {
    chat.messages = chat.messages.slice(-MAX_MESSAGES);
    try {
      sessionStorage.setItem(STORE_KEY, JSON.stringify(chat));
    } catch {
      // The chat lasts for this page only.
    }
  }

  // --- Elements

  /**
   * @param {string} tag @param {Record<string, string>} attributes @param {...(Node | string)} children
   * @returns {HTMLElement}
   */
  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children); // strings become text nodes: nothing typed here is ever HTML
    return node;
  }

  /** @param {string} path */
  function icon(path) {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    const line = document.createElementNS(space, "path");
    const look = { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": "2", "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" };
    for (const [name, value] of Object.entries(look)) svg.setAttribute(name, value);
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  }

  const launcher = element("button", { type: "button", class: "chat-launcher", "aria-label": text.launch, "aria-expanded": "false", "aria-controls": "chat-panel" },
    icon("M4 5h16v11H10l-5 4v-4H4zM8 9h8M8 12h5"));
  const close = element("button", { type: "button", class: "chat-close", "aria-label": text.close }, icon("M5 5l14 14M19 5L5 19"));
  const log = element("div", { class: "chat-log", role: "log", "aria-label": text.log, tabindex: "0" });
  const input = /** @type {HTMLInputElement} */ (element("input", { "aria-label": text.label, placeholder: text.placeholder, maxlength: String(MAX_LENGTH), autocomplete: "off", enterkeyhint: "send" }));
  const form = element("form", { class: "chat-form" }, input, element("button", { class: "chat-send" }, text.send));
  const end = element("button", { type: "button", class: "chat-end" }, text.end);
  const panel = element("section", { class: "chat-panel", id: "chat-panel", role: "dialog", "aria-label": text.launch, hidden: "" },
    element("header", { class: "chat-head" },
      element("div", {}, element("h2", {}, text.title), element("p", {}, text.status)), close),
    log, form, end);

  // --- Showing

  /** @param {Message} message */
  function show(message) {
    const bubble = element("p", { class: `chat-message ${message.from}`, dir: message.dir ?? "auto" }, message.text);
    if (message.lang) bubble.lang = message.lang;
    log.append(bubble);
    log.scrollTop = log.scrollHeight;
  }

  /** @param {Message} message */
  function say(message) {
    chat.messages.push(message);
    show(message);
    save();
  }

  /** @param {boolean} open */
  function setOpen(open) {
    chat.open = open;
    panel.hidden = !open;
    launcher.setAttribute("aria-expanded", String(open));
    end.hidden = !chat.started;
    log.scrollTop = log.scrollHeight;
    save();
  }

  /** Opened by the visitor, so the focus may follow. */
  function openByVisitor() {
    if (chat.messages.length === 0) say({ from: "agent", text: text.greeting });
    setOpen(true);
    input.focus();
  }

  function closeByVisitor() {
    setOpen(false);
    launcher.focus();
  }

  // --- Talking

  /** The same two answers for everybody: this is a demonstration, and says so. */
  function answer() {
    const dots = element("div", { class: "chat-typing", role: "status", "aria-label": text.typing }, element("i"), element("i"), element("i"));
    log.append(dots);
    log.scrollTop = log.scrollHeight;
    setTimeout(() => {
      dots.remove();
      if (!chat.started) return; // ended meanwhile
      const sent = chat.messages.filter((message) => message.from === "visitor").length;
      say({ from: "agent", text: text.answers[sent > 1 ? 1 : 0] });
    }, ANSWER_AFTER_MS);
  }

  /** @param {SubmitEvent} event */
  function send(event) {
    event.preventDefault();
    const written = input.value.trim();
    if (!written) return;
    input.value = "";
    if (!chat.started) {
      chat.started = true;
      end.hidden = false;
      window.ahlan("chat", "started");
    }
    say({ from: "visitor", text: written });
    answer();
  }

  function endChat() {
    if (!chat.started) return;
    chat.started = false;
    end.hidden = true;
    window.ahlan("chat", "ended");
    say({ from: "note", text: text.ended });
    input.focus();
  }

  /** @param {Invitation} invitation Accepted by a click on the bubble: its message opens the chat. */
  function accepted(invitation) {
    say({ from: "agent", text: invitation.message, lang: invitation.lang, dir: invitation.dir });
    openByVisitor();
  }

  launcher.addEventListener("click", () => (chat.open ? closeByVisitor() : openByVisitor()));
  close.addEventListener("click", closeByVisitor);
  end.addEventListener("click", endChat);
  form.addEventListener("submit", send);
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") closeByVisitor(); });

  document.body.append(element("div", { class: "chat" }, launcher, panel));
  chat.messages.forEach(show);
  setOpen(chat.open); // a chat left open on the last page stays open, without taking the focus
  window.ahlan("on", "accepted", accepted);
}
