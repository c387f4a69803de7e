// Makes the desk quicker; everything on it works without.

// Letters: the button that prints them, which is of no use without a script.
const print = document.getElementById("print");
if (print) {
  document.documentElement.classList.add("scripted");
  print.addEventListener("click", () => window.print());
}

// Lists: a file that is too large is told before it is sent.
for (const field of document.querySelectorAll("input[type=file][data-most-bytes]")) {
  field.addEventListener("change", () => {
    const [file] = field.files;
    const fits = !file || file.size <= Number(field.dataset.mostBytes);
    field.setCustomValidity(fits ? "" : field.dataset.tooLarge);
  });
}

// Work in progress: its bar moves by itself, and the page is shown anew when it is over.
const progress = document.querySelector("progress[data-events]");
if (progress) {
  const told = document.getElementById("progress-told");
  const events = new EventSource(progress.dataset.events);
  events.addEventListener("progress", event => {
    const { done, all, words } = JSON.parse(event.data);
    progress.max = all;
    progress.value = done;
    told.textContent = words;
  });
  events.addEventListener("over", () => { events.close(); location.reload(); });
}

// The search box answers while somebody types, once they have stopped for a moment.
const search = document.querySelector("form[data-suggestions]");
if (search) {
  const field = search.querySelector("input[type=search]");
  const status = document.getElementById("search-status");
  const results = document.getElementById("search-results");
  const lines = () => Array.from(results.querySelectorAll("a"));
  let asked = field.value.trim(), timer;
  const look = async () => {
    const typed = field.value.trim();
    if (typed === asked) return;
    asked = typed;
    // One letter finds everybody and nobody.
    const text = typed.length < 2 ? "" : await fetch(
      search.dataset.suggestions + "?q=" + encodeURIComponent(typed), { redirect: "error" },
    ).then(answer => answer.ok ? answer.text() : "");
    // Whoever typed on meanwhile waits for the answer to that.
    if (typed !== asked) return;
    const found = new DOMParser().parseFromString(text, "text/html").body;
    const count = found.querySelector("p");
    status.textContent = count ? count.textContent : "";
    if (count) count.remove();
    results.replaceChildren(...found.childNodes);
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    // Signed out meanwhile, or no network: the button still leads on.
    timer = setTimeout(() => look().catch(() => { asked = null; }), 300);
  });
  // From the field down to those who were found, and back; Enter follows.
  addEventListener("keydown", event => {
    const all = [field, ...lines()], place = all.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (place < 0) return;
    if (event.key === "Escape" && place > 0) field.focus();
    else if (step && all[place + step]) all[place + step].focus();
    else return;
    event.preventDefault();
  });
}
