// The chat page: signs in with a development token (or a pasted one), streams one answer a question, renders the
// Answer. Everything that came from outside enters the page through textContent.
"use strict";

import { renderAnswer, renderError, setQuestionHandler } from "/assets/render.js";

const EXAMPLES = {
  analyst: ["How many orders are there?", "Which department has the highest reorder rate?", "Top 5 products in frozen",
    "Reorder rate by hour for dairy eggs", "What goes well with Banana?", "Find organic avocado"],
  shopper: ["What should I buy?", "Suggest 3 products", "Does the user like chocolate?", "Which segment am I in?",
    "Show milk with vitamins", "Show me 6 beverages"],
  guest: ["Find dairy products", "What goes well with Banana?", "10 popular products", "Top 5 products in frozen"],
};
EXAMPLES.admin = EXAMPLES.analyst;
const GREETING = {
  analyst: ["What do you want to know?", "Orders, products, customers and segments of the published run."],
  shopper: ["What goes into your basket?", "Recommendations and questions about your own orders."],
  guest: ["What are you looking for?", "Search the catalogue, and see what is popular."],
};
GREETING.admin = GREETING.analyst;

const ACTIVITIES = { planning: "Reading the question", thinking: "Thinking", calling_tools: "Asking the data" };

const $ = (id) => document.getElementById(id);
const log = $("log");
let session = null;       // the id the server gave this conversation
let token = null;         // the bearer token in use
let development = false;  // whether the server hands out development tokens
let running = null;       // AbortController of the answer under way

// ---- who asks -------------------------------------------------------------------------------------------------

function identity() {
  return { role: $("role").value, user: $("customer").value.trim() };
}

async function signIn() {
  const { role, user } = identity();
  $("customer-field").hidden = !development || role !== "shopper";
  $("role").closest("label").hidden = !development;
  $("token-field").hidden = development;
  if (!development) {
    token = $("token").value.trim() || null;
    return;
  }
  const query = new URLSearchParams({ role });
  if (role === "shopper") query.set("user", user);
  const response = await fetch(`/dev/tokens?${query}`);
  const body = await response.json();
  if (!response.ok) throw Object.assign(new Error(body.error.message), { info: body.error });
  token = body.token;
}

async function changeIdentity() {
  running?.abort();
  try {
    await signIn();
    newChat();
  } catch (failure) {
    token = null;
    showFailure(log.appendChild(card()), failure);
  }
}

// ---- conversation ---------------------------------------------------------------------------------------------

function newChat() {
  session = null;
  log.replaceChildren();
  const role = development ? identity().role : "guest";
  const [title, line] = GREETING[role];
  const empty = element("section", "empty");
  empty.append(element("h1", "", title), element("p", "", line));
  const list = element("ul", "examples");
  for (const question of EXAMPLES[role]) {
    const button = element("button", "", question);
    button.type = "button";
    button.addEventListener("click", () => ask(question));
    const item = element("li");
    item.append(button);
    list.append(item);
  }
  empty.append(list);
  log.append(empty);
  $("message").focus();
}

async function ask(question) {
  const message = question.trim();
  if (!message || running) return;
  log.querySelector(".empty")?.remove();
  log.append(element("div", "question", message));
  const answer = card();
  const steps = element("p", "steps", "Thinking");
  const text = element("p", "text");
  answer.append(steps, text);
  log.append(answer);
  toEnd();
  setRunning(new AbortController());
  try {
    const response = await post(message);
    if (!response.ok) {
      const body = await response.json().catch(() => null);
      throw Object.assign(new Error(`HTTP ${response.status}`), { info: body?.error });
    }
    let done = null;
    for await (const { event, data } of events(response.body)) {
      if (event === "status") steps.textContent = ACTIVITIES[data.activity] ?? steps.textContent;
      if (event === "tool_call") steps.textContent = `Asking ${String(data.tool ?? "the data").replaceAll("_", " ")}`;
      if (event === "text") text.textContent += data.delta ?? "";
      if (event === "done") done = data;
      toEnd();
    }
    if (!done) throw new Error("The connection ended before the answer was complete.");
    session = done.session_id || session;
    answer.replaceChildren();
    renderAnswer(answer, done);
  } catch (failure) {
    if (failure.name === "AbortError") answer.replaceChildren(element("p", "steps-done", "Stopped."));
    else showFailure(answer, failure);
  } finally {
    setRunning(null);
    toEnd();
  }
}

async function post(message, again = true) {
  const headers = { "content-type": "application/json", accept: "text/event-stream" };
  if (token) headers.authorization = `Bearer ${token}`;
  const body = JSON.stringify(session ? { message, session_id: session } : { message });
  const response = await fetch("/v1/chat", { method: "POST", headers, body, signal: running.signal });
  // Development tokens die with the server: after a restart a new one is fetched once.
  if (response.status === 401 && development && again) {
    await signIn();
    return post(message, false);
  }
  return response;
}

/** Server-sent events of a response body, as {event, data}. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    buffer += value.replaceAll("\r\n", "\n");
    for (let end; (end = buffer.indexOf("\n\n")) >= 0; buffer = buffer.slice(end + 2)) {
      let event = "message";
      const data = [];
      for (const line of buffer.slice(0, end).split("\n")) {
        if (line.startsWith("event:")) event = line.slice(6).trim();
        if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
      }
      if (data.length) yield { event, data: JSON.parse(data.join("\n")) };
    }
  }
}

// ---- small things ---------------------------------------------------------------------------------------------

function element(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

function card() {
  return element("article", "answer");
}

function showFailure(answer, failure) {
  answer.replaceChildren();
  renderError(answer, failure.info ?? { message: failure.message || "The server cannot be reached." });
}

function setRunning(controller) {
  running = controller;
  $("send").disabled = Boolean(controller);
  $("stop").hidden = !controller;
}

function toEnd() {
  log.scrollTop = log.scrollHeight;
}

async function showState() {
  try {
    const ready = await (await fetch("/readyz")).json();
    const index = ready.index?.mode === "lexical" ? "word search only" : "hybrid search";
    $("state").textContent = ready.run_id ? `run ${ready.run_id.slice(0, 8)} · ${index}` : "no published run yet";
    $("state").title = [ready.run_id, ready.index?.reason, ready.reason].filter(Boolean).join("\n");
  } catch {
    $("state").textContent = "server not reachable";
  }
}

async function start() {
  setQuestionHandler(ask);
  const probe = await fetch("/dev/tokens?role=guest");
  development = probe.ok;
  if (development) {
    const note = $("development");
    note.textContent = "Development mode: anybody on this machine can ask as anybody. Configure a token key before others use this server.";
    note.hidden = false;
  }
  await signIn();
  newChat();
  showState();
  setInterval(showState, 15000);
}

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const message = $("message").value;
  if (!message.trim() || running) return;
  $("message").value = "";
  ask(message);
});
$("message").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("ask").requestSubmit();
  }
});
$("identity").addEventListener("submit", (event) => event.preventDefault());
for (const id of ["role", "customer", "token"]) $(id).addEventListener("change", changeIdentity);
$("new-chat").addEventListener("click", newChat);
$("stop").addEventListener("click", () => running?.abort());
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") running?.abort();
});
start().catch((failure) => showFailure(log.appendChild(card()), failure));
