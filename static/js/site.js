/* What pages need beyond USWDS and htmx. Every page also works without this file. */
(() => {
  "use strict";

  const TROUBLE = "That did not work. Reload the page and try again.";

  /** Say something to screen readers, once. */
  function announce(text) {
    const region = document.getElementById("announcer");
    if (text && region.textContent !== text) region.textContent = text;
  }

  /** Move focus to what stops a form. */
  function focusSummary(root) {
    root.querySelector("[data-focus]")?.focus();
  }

  /** Say the parts of a region that ask to be said when they change. */
  function announceMarked(root) {
    const marked = root.matches("[data-announce]")
      ? root
      : root.querySelector("[data-announce]");
    if (marked) announce(marked.dataset.announce || marked.textContent.trim());
  }

  /** Start the USWDS components inside a region that htmx has just put in. */
  function startComponents(root) {
    Object.values(window.uswds ?? {}).forEach((component) => component.init?.(root));
  }

  /** Show one error among the page's messages. */
  function showTrouble() {
    const messages = document.getElementById("messages");
    if (!messages || document.getElementById("trouble")) return;
    const alert = document.createElement("div");
    const body = document.createElement("div");
    const text = document.createElement("p");
    alert.id = "trouble";
    alert.className = "usa-alert usa-alert--error usa-alert--slim";
    alert.setAttribute("role", "alert");
    body.className = "usa-alert__body";
    text.className = "usa-alert__text";
    text.textContent = TROUBLE;
    body.append(text);
    alert.append(body);
    messages.append(alert);
  }

  /* A form that saves itself does so when a field is left. What was typed and is not on
     its way yet when the page itself is left goes out then. */
  const unsent = new Set();

  function sendUnsent() {
    unsent.forEach((form) =>
      fetch(form.getAttribute("hx-post"), {
        method: "POST",
        body: new FormData(form),
        headers: { "HX-Request": "true" },
        keepalive: true,
      }),
    );
    unsent.clear();
  }

  document.addEventListener("input", ({ target }) => {
    const form = target.closest("form[hx-post]");
    if (form) unsent.add(form);
  });

  document.addEventListener("submit", ({ target }) => unsent.delete(target));
  document.addEventListener("htmx:beforeRequest", ({ target }) => unsent.delete(target));
  window.addEventListener("pagehide", sendUnsent);

  /* A link that can be copied; where it cannot, it leads to what it names. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-copy]");
    if (!link || !navigator.clipboard) return;
    event.preventDefault();
    navigator.clipboard.writeText(link.href).then(
      () => announce("Link copied"),
      () => window.location.assign(link.href),
    );
  });

  /* Keys press the buttons that name them, only while the focus is in their part of the
     page, and never while something is typed there. */
  document.addEventListener("keydown", (event) => {
    const { target, key, altKey, ctrlKey, metaKey, repeat } = event;
    if (altKey || ctrlKey || metaKey || repeat) return;
    if (target.matches("input:not([type=radio]), select, textarea")) return;
    const button = target
      .closest("[data-keys]")
      ?.querySelector(`[data-key="${CSS.escape(key.toLowerCase())}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  focusSummary(document);

  document.addEventListener("htmx:load", ({ target }) => {
    if (target === document.body) return; // USWDS starts the whole page itself
    startComponents(target);
    focusSummary(target);
    announceMarked(target);
  });

  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.successful) document.getElementById("trouble")?.remove();
  });

  document.addEventListener("htmx:responseError", showTrouble);
  document.addEventListener("htmx:sendError", showTrouble);

  // A server answer may carry the header  HX-Trigger: {"announce": "Saved 10:42"}
  document.addEventListener("announce", ({ detail }) => announce(detail.value));
})();
