// The shop's own behaviour: cart, checkout, forms. What it tells Ahlan is in `report`.
"use strict";

// Calls made before the tracker has loaded wait in `ahlan.q`. (`window.ahlan` is typed by the tracker.)
window.ahlan = window.ahlan || /** @type {any} */ (function () { (window.ahlan.q = window.ahlan.q || []).push(arguments); });

const report = {
  /** @param {string} product @param {number} value */
  addToCart: (product, value) => window.ahlan("track", "add_to_cart", { product, value }),
  /** @param {number} value */
  purchase: (value) => window.ahlan("goal", "purchase", value),
  contact: () => window.ahlan("goal", "contact"),
  /** @param {boolean} helpful */
  helpFeedback: (helpful) => window.ahlan("track", "help_feedback", { helpful }),
};

/** @type {(selector: string) => HTMLElement} What the templates promise; null where a page lacks it. */
const one = (selector) => document.querySelector(selector);
/** @type {(selector: string) => HTMLElement[]} */
const all = (selector) => Array.from(/** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(selector)));

const numbers = new Intl.NumberFormat(document.documentElement.lang === "ar" ? "ar-SA-u-nu-arab" : "en");

// --- Cart: how many of each, for as long as the tab lives. A plan replaces a plan.

const CART_KEY = "mihbaj.cart";
/** @typedef {{ counts: Record<string, number>, plan: string | null }} Cart */

/** @returns {Cart} */
function readCart() {
  try {
    const cart = JSON.parse(sessionStorage.getItem(CART_KEY) ?? "null");
    return cart ?? { counts: {}, plan: null };
  } catch {
    return { counts: {}, plan: null };
  }
}

/** @param {Cart} cart */
function writeCart(cart) {
  try {
    sessionStorage.setItem(CART_KEY, JSON.stringify(cart));
  } catch {
    // Storage is refused: the cart lasts for this page only.
  }
  showCount(cart);
}

/** @param {Cart} cart */
function showCount(cart) {
  const badge = one("[data-cart-count]");
  const total = Object.values(cart.counts).reduce((sum, n) => sum + n, cart.plan ? 1 : 0);
  badge.hidden = total === 0;
  badge.textContent = numbers.format(total);
}

let toastTimer = 0;
/** @param {string} text */
function toast(text) {
  const box = one("[data-toast]");
  box.textContent = text;
  box.classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => box.classList.remove("shown"), 3500);
}

function wireAddToCart() {
  for (const button of all("[data-add]")) {
    button.addEventListener("click", () => {
      const { add: slug, value, said } = button.dataset;
      const cart = readCart();
      cart.counts[slug] = (cart.counts[slug] ?? 0) + 1;
      writeCart(cart);
      toast(said);
      report.addToCart(slug, Number(value));
    });
  }
}

// --- Checkout: every item is in the page, hidden until it is in the cart.

/** @param {HTMLElement} row @param {Cart} cart */
function countOf(row, cart) {
  const slug = row.dataset.item;
  return "plan" in row.dataset ? Number(cart.plan === slug) : cart.counts[slug] ?? 0;
}

/** @param {Cart} cart @returns {number} what is to be paid */
function showCheckout(cart) {
  const { pricePattern, delivery, freeFrom } = one("[data-price-pattern]").dataset;
  /** @param {number} value */
  const price = (value) => pricePattern.replace("{}", numbers.format(value));
  let subtotal = 0;
  for (const row of all("[data-item]")) {
    const count = countOf(row, cart);
    const line = count * Number(row.dataset.value);
    row.hidden = count === 0;
    row.querySelector("[data-line]").textContent = price(line);
    const counter = row.querySelector("[data-count]");
    if (counter) counter.textContent = numbers.format(count);
    subtotal += line;
  }
  const free = cart.plan !== null || subtotal >= Number(freeFrom);
  const shipping = free ? 0 : Number(delivery);
  one("[data-empty]").hidden = subtotal > 0;
  for (const part of all("[data-sums]")) part.hidden = subtotal === 0;
  one("[data-subtotal]").textContent = price(subtotal);
  const shippingCell = one("[data-shipping]");
  shippingCell.textContent = free ? shippingCell.dataset.free : price(shipping);
  one("[data-total]").textContent = price(subtotal + shipping);
  return subtotal === 0 ? 0 : subtotal + shipping;
}

function wireCheckout() {
  const form = one('[data-form="purchase"]');
  if (!form) return;
  const cart = readCart();
  const chosen = new URLSearchParams(location.search).get("plan");
  if (chosen && all("[data-plan]").some((row) => row.dataset.item === chosen)) cart.plan = chosen;
  writeCart(cart);
  let due = showCheckout(cart);
  for (const button of all("[data-remove]")) {
    button.addEventListener("click", () => {
      const slug = button.dataset.remove;
      if (cart.plan === slug) cart.plan = null;
      delete cart.counts[slug];
      writeCart(cart);
      due = showCheckout(cart);
      one("#summary").focus();
    });
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (due === 0) {
      one("[data-empty]").scrollIntoView({ block: "center" });
      one("[data-empty] a").focus();
      return;
    }
    report.purchase(due);
    writeCart({ counts: {}, plan: null });
    finish(one("[data-checkout]"), one('[data-done="purchase"]'));
  });
}

// --- Forms and help

/** @param {HTMLElement} before @param {HTMLElement} after */
function finish(before, after) {
  before.hidden = true;
  after.hidden = false;
  after.focus();
}

function wireContact() {
  const form = one('[data-form="contact"]');
  if (!(form instanceof HTMLFormElement)) return;
  const topic = new URLSearchParams(location.search).get("topic");
  const select = form.elements.namedItem("topic");
  if (select instanceof HTMLSelectElement && [...select.options].some((option) => option.value === topic)) select.value = topic;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    report.contact();
    finish(form, one('[data-done="contact"]'));
  });
}

function wireFeedback() {
  for (const button of all("[data-helpful]")) {
    button.addEventListener("click", () => {
      const answer = button.dataset.helpful;
      one("[data-feedback] .feedback-buttons").hidden = true;
      one("#feedback-question").hidden = true;
      one(`[data-thanks="${answer}"]`).hidden = false;
      report.helpFeedback(answer === "yes");
    });
  }
}

function wireMenu() {
  const menu = one("[data-menu]");
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(/** @type {Node} */ (event.target))) menu.removeAttribute("open");
  });
}

showCount(readCart());
wireAddToCart();
wireCheckout();
wireContact();
wireFeedback();
wireMenu();
