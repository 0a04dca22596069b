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

  // What a dialog asks again after it was refused is open from the start.
  document.querySelectorAll("dialog[data-open]").forEach((dialog) => dialog.showModal());
  document.querySelector("[aria-invalid=true]")?.focus();
})();
