/* Sends files with progress in words. Without this file the form is sent as any other. */
(() => {
  "use strict";

  const MEGABYTE = 1024 * 1024;

  /** Return a number of bytes in words. */
  function spoken(bytes) {
    return `${(bytes / MEGABYTE).toFixed(1)} MB`;
  }

  /** Put what the server answered in the place of the form, errors and all. */
  function showAnswer(region, html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const answered = page.getElementById(region.id);
    if (!answered) return showTrouble(region, "That did not work. Nothing was kept.");
    region.replaceWith(answered);
    start(answered);
    answered.querySelector("[data-focus]")?.focus();
  }

  /** Say in the form what went wrong, and let it be sent again. */
  function showTrouble(region, text) {
    const alert = document.createElement("div");
    const body = document.createElement("div");
    const words = document.createElement("p");
    region.querySelector(".site-upload__trouble")?.remove();
    alert.className = "usa-alert usa-alert--error usa-alert--slim site-upload__trouble";
    alert.setAttribute("role", "alert");
    body.className = "usa-alert__body";
    words.className = "usa-alert__text";
    words.textContent = text;
    body.append(words);
    alert.append(body);
    region.prepend(alert);
  }

  /** Send a form, and show how much of it is on its way. */
  function send(region, form) {
    const panel = form.querySelector("[data-sending]");
    const bar = panel.querySelector("progress");
    const said = panel.querySelector("[data-said]");
    const stop = panel.querySelector("[data-stop]");
    const button = form.querySelector("button:not([type])");
    const request = new XMLHttpRequest();
    let tenth = 0;

    /** Say to screen readers every tenth of the way; show it to others at once. */
    function progressed(sent, all) {
      const percent = Math.floor((100 * sent) / all);
      bar.value = percent;
      said.textContent = `${spoken(sent)} of ${spoken(all)} sent (${percent} percent)`;
      if (Math.floor(percent / 10) === tenth) return;
      tenth = Math.floor(percent / 10);
      document.getElementById("announcer").textContent = said.textContent;
    }

    /** Hide the progress, and say why. */
    function ended(text) {
      panel.hidden = true;
      button.hidden = false;
      showTrouble(region, text);
      button.focus();
    }

    request.upload.addEventListener("progress", ({ loaded, total }) => {
      progressed(loaded, total);
    });
    request.upload.addEventListener("load", () => {
      said.textContent = "All is sent. It is being sealed.";
    });
    request.addEventListener("load", () => {
      const type = request.getResponseHeader("Content-Type") ?? "";
      if (request.status === 200 && type.startsWith("application/json")) {
        window.location.assign(JSON.parse(request.responseText).next);
      } else {
        showAnswer(region, request.responseText);
      }
    });
    request.addEventListener("error", () =>
      ended("The sending broke off. Nothing was kept. Send the files again."),
    );
    request.addEventListener("abort", () =>
      ended("You stopped the sending. Nothing was kept."),
    );
    stop.addEventListener("click", () => request.abort(), { once: true });

    region.querySelector(".site-upload__trouble")?.remove();
    request.open("POST", form.action || window.location.href);
    request.setRequestHeader("Accept", "application/json");
    request.send(new FormData(form));
    panel.hidden = false;
    button.hidden = true;
    progressed(0, 1);
    stop.focus();
  }

  /** Take over the form of a region. */
  function start(region) {
    const form = region.querySelector("form[data-upload]");
    if (!form) return;
    form.addEventListener("submit", (event) => {
      if (!form.querySelector("button:not([type])")) return; // it may not be sent
      event.preventDefault();
      const files = [...form.querySelector("input[type=file]").files];
      const size = files.reduce((sum, file) => sum + file.size, 0);
      const most = Number(form.dataset.mostBytes);
      if (size > most) {
        const words = `The files have ${spoken(size)}, and ${spoken(most)} are the most`;
        showTrouble(region, `${words} that is taken at once. Nothing was sent.`);
        return;
      }
      send(region, form);
    });
  }

  const region = document.getElementById("upload");
  if (region) start(region);
})();
