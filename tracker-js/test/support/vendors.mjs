/**
 * Stand-ins for the vendors' widgets. Each knows the published calls that docs/adapters.md lists and nothing else:
 * any other call, a call too early, or a value beyond the vendor's limits is a fault. They run in the page, before
 * its own scripts, and are driven through `window.vendor`.
 */

/** What all stand-ins share. Runs in the page. */
export function stage() {
  const vendor = {
    /** How often the page's own code opened the window. */
    opened: 0,
    isOpen: false,
    /** What an agent would see of the visitor. */
    attributes: {},
    /** What was shown as a message of the shop's. */
    texts: [],
    faults: [],
    fault(what) {
      vendor.faults.push(what);
      throw new Error(what);
    },
    /** An object of which only what is there may be asked for. */
    strict: (name, api) =>
      new Proxy(api, {
        get: (target, key) =>
          key in target || typeof key == 'symbol' ? target[key] : vendor.fault(`${name}.${key} is not published`),
      }),
    limit(attributes, { name, characters = Infinity, types = ['string', 'number'] }) {
      const entries = Object.entries(attributes);
      if (entries.length == 0 || entries.length > 50) vendor.fault(`${entries.length} attributes`);
      for (const [key, value] of entries) {
        if (!name.test(key)) vendor.fault(`attribute ${key}`);
        if (!types.includes(typeof value)) vendor.fault(`${key} is a ${typeof value}`);
        if (value === '' || String(value).length > characters) vendor.fault(`${key} has ${String(value).length} characters`);
      }
    },
  };
  window.vendor = vendor;
}

/** `hasLoaded`, and with it every call, comes after the frame has loaded. A pre-chat form loses early attributes. */
function chatwoot() {
  const { vendor } = window;
  const say = (name, detail) => window.dispatchEvent(new CustomEvent(`chatwoot:${name}`, { detail }));
  const message = (message_type, sender_type) => say('on-message', { message_type, sender_type, content: 'x' });
  const show = (open) => {
    vendor.isOpen = window.$chatwoot.isOpen = open;
    say(open ? 'opened' : 'closed');
  };
  const early = () => window.$chatwoot.hasLoaded || vendor.fault('called before chatwoot:ready');
  let conversation = false;
  vendor.snippet = () => {
    window.$chatwoot = vendor.strict('$chatwoot', {
      hasLoaded: false,
      isOpen: false,
      toggle(state) {
        early();
        if (state != 'open' && state != 'close') vendor.fault(`toggle ${state}`);
        vendor.opened += state == 'open';
        show(state == 'open');
      },
      setConversationCustomAttributes(attributes) {
        early();
        vendor.limit(attributes, { name: /^[a-z_]+$/ });
        if (conversation) Object.assign(vendor.attributes, attributes);
      },
    });
  };
  vendor.arrive = () => {
    window.$chatwoot.hasLoaded = true;
    say('ready');
  };
  vendor.visitorOpens = () => show(true);
  vendor.visitorCloses = () => show(false);
  vendor.visitorWrites = () => {
    conversation = true;
    message(0, 'Contact');
  };
  vendor.botWrites = () => message(1, 'AgentBot');
  vendor.agentWrites = () => message(1, 'User');
  vendor.ends = () => message(2, null);
}

/** Calls are functions that wait until the widget has loaded, and get it as `this`. */
function rocketchat() {
  const { vendor } = window;
  const listeners = {};
  const emit = (name) => listeners[name]?.forEach((listener) => listener());
  const on = (name) => (listener) => (listeners[name] ??= []).push(listener);
  const show = (open) => {
    vendor.isOpen = open;
    emit(open ? 'maximized' : 'minimized');
  };
  const livechat = vendor.strict('Livechat', {
    maximizeWidget() {
      vendor.opened += 1;
      show(true);
    },
    setCustomField(name, value) {
      vendor.limit({ [name]: value }, { name: /^[0-9a-zA-Z_-]+$/, types: ['string'] });
      vendor.attributes[name] = value;
    },
    onChatMaximized: on('maximized'),
    onChatMinimized: on('minimized'),
    onChatStarted: on('started'),
    onChatEnded: on('ended'),
    onAssignAgent: on('assigned'),
  });
  let room = false;
  vendor.snippet = () => {
    const waiting = [];
    window.RocketChat = (act) => waiting.push(act);
    vendor.arrive = () => {
      window.RocketChat = (act) => act.call(livechat);
      waiting.forEach(window.RocketChat);
    };
  };
  vendor.visitorOpens = () => show(true);
  vendor.visitorCloses = () => show(false);
  vendor.visitorWrites = () => {
    if (!room) emit('started');
    room = true;
  };
  vendor.agentWrites = () => emit('assigned');
  vendor.ends = () => {
    room = false;
    emit('ended');
  };
}

/** The snippet makes a new array, so what was pushed before it is lost; `is` comes with the chatbox. */
function crisp() {
  const { vendor } = window;
  const listeners = {};
  const emit = (name, detail) => listeners[name]?.forEach((listener) => listener(detail));
  const show = (open) => {
    vendor.isOpen = open;
    emit(open ? 'chat:opened' : 'chat:closed');
  };
  const known = {
    'do chat:open': () => {
      vendor.opened += 1;
      show(true);
    },
    'do message:show': ([type, text]) => {
      if (type != 'text' || typeof text != 'string') vendor.fault(`message:show ${type}`);
      vendor.texts.push(text);
      emit('message:received', { type, content: text, origin: 'local' });
    },
    'set session:data': ([pairs]) => {
      const attributes = Object.fromEntries(pairs);
      vendor.limit(attributes, { name: /^[a-z_-]+$/, types: ['string', 'number', 'boolean'] });
      Object.assign(vendor.attributes, attributes);
    },
  };
  for (const name of ['chat:opened', 'chat:closed', 'message:sent', 'message:received'])
    known[`on ${name}`] = (listener) => (listeners[name] ??= []).push(listener);
  const call = ([action, method, argument]) =>
    (known[`${action} ${method}`] ?? (() => vendor.fault(`${action} ${method} is not published`)))(argument);
  vendor.snippet = () => {
    const waiting = (window.$crisp = []);
    vendor.arrive = () => {
      window.$crisp = vendor.strict('$crisp', {
        push: call,
        is: (state) => (state == 'chat:opened' ? vendor.isOpen : vendor.fault(`is ${state}`)),
      });
      waiting.forEach(call);
    };
  };
  vendor.visitorOpens = () => show(true);
  vendor.visitorCloses = () => show(false);
  vendor.visitorWrites = () => emit('message:sent', { type: 'text', content: 'Hello?', origin: 'chat' });
  vendor.agentWrites = () => emit('message:received', { type: 'text', content: 'Hello!', origin: 'chat' });
  vendor.ends = () => {};
}

/** Calls wait until the Messenger has loaded. It says nothing of conversations but how much is unread. */
function intercom() {
  const { vendor } = window;
  const listeners = {};
  const emit = (name, detail) => listeners[name]?.forEach((listener) => listener(detail));
  let updates = 0;
  let unread = 0;
  const show = (open) => {
    vendor.isOpen = open;
    if (open && unread) emit('onUnreadCountChange', (unread = 0));
    emit(open ? 'onShow' : 'onHide');
  };
  const known = {
    update(attributes) {
      if (++updates > 20) vendor.fault('throttled');
      vendor.limit(attributes, { name: /^[^.$]{1,190}$/, characters: 255, types: ['string', 'number', 'boolean'] });
      Object.assign(vendor.attributes, attributes);
    },
    showNewMessage(text) {
      if (text !== undefined) vendor.fault('words in the mouth of the visitor');
      vendor.opened += 1;
      show(true);
    },
  };
  for (const name of ['onShow', 'onHide', 'onUserEmailSupplied', 'onUnreadCountChange'])
    known[name] = (listener) => (listeners[name] ??= []).push(listener);
  const call = (command, ...rest) =>
    (known[command] ?? (() => vendor.fault(`${command} is not published`)))(...rest);
  vendor.snippet = () => {
    const waiting = [];
    window.Intercom = (...args) => waiting.push(args);
    vendor.arrive = () => {
      window.Intercom = call;
      waiting.forEach((args) => call(...args));
    };
  };
  vendor.visitorOpens = () => show(true);
  vendor.visitorCloses = () => show(false);
  vendor.visitorWrites = () => emit('onUserEmailSupplied');
  vendor.agentWrites = () => {
    show(false);
    emit('onUnreadCountChange', (unread += 1));
  };
  vendor.ends = () => {};
}

/** One object from the snippet on; its calls come with the widget, its callbacks are the page's to set. */
function tawk() {
  const { vendor } = window;
  const names = ['ChatMaximized', 'ChatMinimized', 'ChatStarted', 'ChatEnded', 'ChatMessageVisitor', 'ChatMessageAgent', 'AgentJoinChat'];
  const emit = (name, detail) => {
    window.Tawk_API[`on${name}`]?.(detail);
    window.dispatchEvent(new CustomEvent(`tawk${name}`, { detail }));
  };
  const show = (open) => {
    vendor.isOpen = open;
    emit(open ? 'ChatMaximized' : 'ChatMinimized');
  };
  let ongoing = false;
  const calls = {
    maximize() {
      vendor.opened += 1;
      show(true);
    },
    isChatMaximized: () => vendor.isOpen,
    isChatOngoing: () => ongoing,
    setAttributes(attributes, done) {
      vendor.limit(attributes, { name: /^[a-z0-9-]+$/i, characters: 255, types: ['string'] });
      Object.assign(vendor.attributes, attributes);
      done(null);
    },
  };
  vendor.snippet = () => {
    window.Tawk_API = new Proxy(window.Tawk_API ?? {}, {
      set: (target, key, value) =>
        names.includes(String(key).slice(2)) || key in calls
          ? Reflect.set(target, key, value)
          : vendor.fault(`${key} is not published`),
    });
    window.Tawk_API.onChatStarted = () => (vendor.heard = true); // the page's own callback
  };
  vendor.arrive = () => Object.assign(window.Tawk_API, calls);
  vendor.visitorOpens = () => show(true);
  vendor.visitorCloses = () => show(false);
  vendor.visitorWrites = () => {
    if (!ongoing) emit('ChatStarted');
    ongoing = true;
    emit('ChatMessageVisitor', 'Hello?');
  };
  vendor.agentWrites = () => {
    emit('AgentJoinChat', { name: 'Sara', position: '', image: '', id: '1' });
    emit('ChatMessageAgent', 'Hello!');
  };
  vendor.ends = () => {
    ongoing = false;
    emit('ChatEnded');
  };
}

/** Under the names of the adapters: the stand-in, what a whole chat is reported as, and how attributes are named. */
export const VENDORS = {
  chatwoot: { stub: chatwoot, told: ['queued', 'started'] },
  rocketchat: { stub: rocketchat, told: ['queued', 'started', 'ended'] },
  crisp: { stub: crisp, told: ['queued', 'started'] },
  intercom: { stub: intercom, told: ['queued', 'started'] },
  tawk: { stub: tawk, told: ['queued', 'started', 'ended'], dash: true },
};
