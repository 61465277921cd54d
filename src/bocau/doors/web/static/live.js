// Keeps the changing part of a page fresh, and copies commands. Pages work without it.
"use strict";

const EVERY = 2000;
const SLOWEST = 15000;

function replaceChanged(region, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const coming = [...fresh.content.querySelectorAll("[data-live]")];
  const known = [...region.querySelectorAll("[data-live]")];
  if (coming.some((piece, place) => piece.dataset.kind !== known[place]?.dataset.kind)) {
    location.reload(); // from empty to full or back: what stands around the list changes too
    return;
  }
  if (coming.map((piece) => piece.id).join() !== known.map((piece) => piece.id).join()) {
    region.replaceChildren(fresh.content);
    return;
  }
  known.forEach((old, place) => {
    const piece = coming[place];
    if (old.isEqualNode(piece)) return;
    if (old.contains(document.activeElement)) keepFocus(old, piece);
    else old.replaceWith(piece);
  });
}

function keepFocus(old, piece) {
  const place = [...old.querySelectorAll("a, button")].indexOf(document.activeElement);
  old.replaceWith(piece);
  const next = piece.querySelectorAll("a, button")[place];
  if (next) next.focus({ preventScroll: true });
}

function follow(region) {
  const pulse = document.querySelector("[data-pulse]");
  const word = pulse ? pulse.querySelector("span").textContent : "";
  let wait = EVERY;

  function show(alive) {
    if (!pulse) return;
    pulse.classList.toggle("lost", !alive);
    pulse.querySelector("span").textContent = alive ? word : pulse.dataset.lost;
  }

  async function look() {
    if (!document.hidden) {
      try {
        const answer = await fetch(region.dataset.poll, { headers: { Accept: "text/html" }, credentials: "same-origin" });
        if (!answer.ok) throw new Error(String(answer.status));
        replaceChanged(region, await answer.text());
        wait = EVERY;
        show(true);
      } catch {
        wait = Math.min(wait * 1.5, SLOWEST);
        show(false);
      }
    }
    setTimeout(look, wait);
  }

  setTimeout(look, EVERY);
}

document.querySelectorAll("[data-poll]").forEach(follow);

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (button === null) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.classList.add("done");
  setTimeout(() => button.classList.remove("done"), 1500);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.confirm[open]").forEach((open) => open.removeAttribute("open"));
});
