// Improves forms that work without it: passwords can be shown, a form is sent once.
document.documentElement.classList.add("scripted");

for (const box of document.querySelectorAll(".fr-password__checkbox input")) {
  const field = box.closest(".fr-password").querySelector(".fr-password__input");
  const update = () => { field.type = box.checked ? "text" : "password"; };
  box.addEventListener("change", update);
  // Hidden again when it leaves, so that browsers know it for a password.
  field.form.addEventListener("submit", () => { field.type = "password"; });
  update();
}

const release = form => {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
};

for (const form of document.forms) {
  form.addEventListener("submit", event => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    // Not `disabled`: the button that was pressed must still send its value, and keep the focus.
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
    // A lost answer must not leave anyone in front of a dead button.
    setTimeout(release, 8000, form);
  });
}
addEventListener("pageshow", () => { for (const form of document.forms) release(form); });

// The answer to an application needs nobody's press.
// No newer words here: in an old browser they would take the whole script down.
const answer = document.querySelector("form[data-goes-by-itself]");
if (answer) answer.submit();
// The page that says goodbye goes on once every application has heard of it, in its frame.
const onward = document.getElementById("signed-out-continue");
if (onward) {
  const leave = () => location.replace(onward.href);
  if (document.readyState === "complete") leave();
  else addEventListener("load", leave);
}

// A page that waits for somebody else asks for news, but not while somebody types or ticks.
const waits = document.querySelector("[data-news]");
const isBusy = () => [...document.querySelectorAll("main input")].some(it => it.checked || it.type === "text" && it.value);
if (waits) setInterval(() => document.hidden || isBusy() || fetch(waits.dataset.news)
  .then(answer => answer.ok ? answer.text() : waits.dataset.state)
  .then(news => news === waits.dataset.state || location.replace(location.pathname))
  .catch(() => {}), 3000);

const alert = document.querySelector("[role=alert]");
if (alert) alert.focus();
