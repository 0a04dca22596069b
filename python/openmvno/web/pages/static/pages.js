// What pages do beyond htmx: the reader's time zone, keys, things copied, a form sent once.
"use strict";

(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.includes(`openmvno_time_zone=${encodeURIComponent(zone)}`)) {
    document.cookie = `openmvno_time_zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;
  }

  const typing = (element) =>
    element.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(element.tagName);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    }
    if (typing(event.target)) return;
    const search = document.querySelector("[data-search]");
    if (event.key === "/" && search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  });

  // A menu closes when something else is chosen.
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    const closer = event.target.closest("[data-closes]");
    if (closer) closer.closest("dialog")?.close();
    const copier = event.target.closest("[data-copies]");
    if (copier) {
      navigator.clipboard?.writeText(copier.dataset.copies).then(() => {
        const before = copier.textContent;
        copier.textContent = copier.dataset.copied;
        setTimeout(() => { copier.textContent = before; }, 1500);
      });
    }
  });

  // A choice that is its own button.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });

  // Sent once; the Idempotency-Key keeps the promise where there is no script.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (form.method === "post" && !form.hasAttribute("data-again")) {
      form.dataset.sent = "yes";
      form.querySelectorAll("button:not([type=button])").forEach((button) => {
        button.setAttribute("aria-busy", "true");
      });
    }
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
    });
  });

  // What is open is being read: it is not renewed under the reader's eyes.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { target } = event;
    if (target.matches("[hx-trigger^=every]") && target.querySelector("details[open]")) event.preventDefault();
  });

  // A question that was fetched opens as a dialog; what it is refused with stays in it.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr } = event.detail;
    if (target.id === "asked" && xhr.status >= 400) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const { target } = event.detail;
    if (target.id !== "asked") return;
    target.classList.toggle("wide", target.querySelector("[data-wide]") !== null);
    if (!target.open) target.showModal();
    (target.querySelector("[aria-invalid=true]") ?? target.querySelector("input:not([type=hidden]), select, textarea"))?.focus();
  });

  // What renews itself rests while nobody looks, and while something in it is open to be read.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { target } = event;
    if (!target.matches("[data-renews]")) return;
    if (document.hidden || target.querySelector("details[open]")) event.preventDefault();
  });

  // What scrolls sideways can be reached by keys, where nothing in it can (WCAG 2.1.1).
  const FOCUSED = "a[href], button, input, select, textarea, summary, [tabindex]";
  const reachable = () => {
    document.querySelectorAll(".card, .scroll").forEach((region) => {
      const scrolls = region.scrollWidth > region.clientWidth && !region.querySelector(FOCUSED);
      if (scrolls) region.tabIndex = 0;
      else if (!region.hasAttribute("aria-label")) region.removeAttribute("tabindex");
    });
  };
  reachable();
  window.addEventListener("resize", reachable);
  document.addEventListener("htmx:afterSettle", reachable);

  // What a dialog asks again after it was refused is open from the start.
  document.querySelectorAll("dialog[data-open]").forEach((dialog) => dialog.showModal());
  document.querySelector("[aria-invalid=true]")?.focus();
})();
