// Renders one Answer: text with bound figures, tables, products, notes, options, suggestions and the proof.
// Offsets of bindings count Unicode scalars, JavaScript strings count UTF-16 units: the text is split into scalars.
"use strict";

let askQuestion = () => {};

/** What a click on a suggestion or an option does. */
export function setQuestionHandler(handler) {
  askQuestion = handler;
}

export function renderAnswer(card, answer) {
  if (answer.status === "error") {
    renderError(card, answer.error ?? { message: answer.text });
    return;
  }
  const proof = renderProof(answer);
  card.append(renderText(answer, proof));
  if (answer.clarify) card.append(renderChips(answer.clarify.options.map((o) => [o.label, o.question]), "options"));
  const nearest = answer.refusal?.nearest_question;
  if (nearest) card.append(renderChips([[nearest, nearest]], "options"));
  for (const block of answer.blocks ?? []) card.append(...renderBlock(block, answer));
  if (answer.notes?.length) {
    const notes = element("ul", "notes");
    for (const note of answer.notes) notes.append(element("li", "", note.text));
    card.append(notes);
  }
  if (answer.suggestions?.length) card.append(renderChips(answer.suggestions.map((s) => [s, s])));
  if (proof.node) card.append(proof.node);
}

export function renderError(card, info) {
  card.classList.add("failed");
  card.setAttribute("role", "alert");
  card.append(element("p", "text", info.message));
  if (info.correlation_id) {
    const line = element("p", "correlation", "If you report this, name the id ");
    line.append(element("code", "", info.correlation_id));
    card.append(line);
  }
  if (info.retryable) card.append(element("p", "correlation", "The same question may work in a moment."));
}

// ---- text and its bindings ------------------------------------------------------------------------------------

function renderText(answer, proof) {
  const paragraph = element("p", "text");
  const scalars = Array.from(answer.text ?? "");
  let at = 0;
  for (const binding of answer.bindings ?? []) {
    if (binding.start < at || binding.end > scalars.length) continue;
    paragraph.append(scalars.slice(at, binding.start).join(""));
    const words = scalars.slice(binding.start, binding.end).join("");
    paragraph.append(binding.kind === "question" ? quoted(words) : bound(words, binding, proof));
    at = binding.end;
  }
  paragraph.append(scalars.slice(at).join(""));
  return paragraph;
}

function quoted(words) {
  const span = element("span", "bound quoted", words);
  span.title = "quoted from your question";
  return span;
}

function bound(words, binding, proof) {
  // A span: a real button is one unbreakable box, and these stand inside sentences.
  const button = element("span", "bound", words);
  button.setAttribute("role", "button");
  button.tabIndex = 0;
  const where = `${binding.evidence}, row ${(binding.row ?? 0) + 1}, ${readable(binding.column)}`;
  button.title = `${where}: ${binding.value}`;
  button.setAttribute("aria-label", `${words}, from ${where}`);
  const light = (on) => {
    const row = proof.rows.get(`${binding.evidence}/${binding.row ?? 0}`);
    row?.classList.toggle("lit", on);
    row?.cells[proof.columns.get(binding.evidence)?.indexOf(binding.column)]?.classList.toggle("lit", on);
    return row;
  };
  button.addEventListener("pointerenter", () => light(true));
  button.addEventListener("pointerleave", () => light(false));
  button.addEventListener("focus", () => light(true));
  button.addEventListener("blur", () => light(false));
  const show = () => {
    if (proof.node) proof.node.open = true;
    light(true)?.scrollIntoView({ block: "center", behavior: "smooth" });
  };
  button.addEventListener("click", show);
  button.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    show();
  });
  return button;
}

// ---- blocks ---------------------------------------------------------------------------------------------------

function renderBlock(block, answer) {
  if (block.type === "table") return [scrollable(renderTable(block.columns, block.rows))];
  if (block.type === "products") return [renderProducts(block.items)];
  const evidence = answer.evidence?.find((e) => e.id === block.evidence);
  if (block.type !== "chart" || !evidence) return [];
  return [block.spec?.kind === "bar" ? renderBars(block.spec, evidence) : scrollable(renderTable(evidence.columns, evidence.result))];
}

/** A bar a row, as long as its share of the largest figure. */
function renderBars(spec, evidence) {
  const column = (name) => evidence.columns.findIndex((c) => c.name === name);
  const [category, value] = [column(spec.x?.field), column(spec.y?.field)];
  const largest = Math.max(...evidence.result.map((row) => Math.abs(row[value] ?? 0)), Number.MIN_VALUE);
  const chart = element("figure", "chart");
  chart.append(element("figcaption", "", spec.title));
  for (const row of evidence.result) {
    const line = element("div", "bar-row");
    const bar = element("span", "bar-fill");
    bar.style.width = `${(100 * Math.abs(row[value] ?? 0)) / largest}%`;
    const track = element("span", "bar-track");
    track.append(bar);
    const figure = element("span", "bar-value", shown(row[value], evidence.columns[value]));
    line.append(element("span", "bar-label", shown(row[category], evidence.columns[category])), track, figure);
    chart.append(line);
  }
  return chart;
}

function renderTable(columns, rows) {
  const table = element("table");
  const head = table.createTHead().insertRow();
  for (const column of columns) {
    const cell = element("th", isNumeric(column) ? "number" : "", readable(column.name));
    cell.scope = "col";
    head.append(cell);
  }
  const body = table.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    row.forEach((value, i) => {
      const cell = line.insertCell();
      cell.textContent = shown(value, columns[i]);
      if (isNumeric(columns[i])) cell.className = "number";
    });
  }
  return table;
}

function renderProducts(items) {
  const list = element("ol", "products");
  for (const item of items) {
    const entry = element("li");
    entry.append(element("span", "title", item.product_name));
    entry.append(element("span", "where", [item.department, item.aisle].filter(Boolean).join(" › ")));
    entry.append(element("span", "id", `product ${item.product_id}`));
    if (item.reason) entry.append(element("span", "reason", item.reason));
    list.append(entry);
  }
  return list;
}

function renderChips(pairs, kind = "") {
  const chips = element("div", `chips ${kind}`);
  for (const [label, question] of pairs) {
    const button = element("button", "", label);
    button.type = "button";
    button.title = question;
    button.addEventListener("click", () => askQuestion(question));
    chips.append(button);
  }
  return chips;
}

// ---- how do we know? ------------------------------------------------------------------------------------------

function renderProof(answer) {
  const proof = { node: null, rows: new Map(), columns: new Map() };
  if (!answer.evidence?.length) return proof;
  const details = element("details", "proof");
  details.append(element("summary", "", "How do we know?"));
  for (const evidence of answer.evidence) {
    details.append(element("h3", "", `${evidence.id} · ${readable(evidence.tool)}`));
    const count = evidence.row_count === 1 ? "1 row" : `${evidence.row_count} rows`;
    const cut = evidence.truncated ? `, first ${evidence.result.length} shown` : "";
    const took = `${Number(evidence.elapsed_ms).toFixed(1)} ms`;
    details.append(element("p", "meta", `${evidence.engine} · ${count}${cut} · ${took}`));
    details.append(element("pre", "", JSON.stringify(evidence.arguments, null, 2)));
    if (evidence.sql) details.append(element("pre", "", evidence.sql));
    if (evidence.parameters?.length) {
      details.append(element("p", "meta", evidence.parameters.map((p, i) => `$${i + 1} = ${JSON.stringify(p)}`).join(", ")));
    }
    const table = renderTable(evidence.columns, evidence.result);
    Array.from(table.tBodies[0].rows).forEach((row, i) => proof.rows.set(`${evidence.id}/${i}`, row));
    proof.columns.set(evidence.id, evidence.columns.map((column) => column.name));
    details.append(scrollable(table));
  }
  const usage = answer.usage ?? {};
  const about = [`run ${answer.run_id}`, `planner ${answer.planner}`, `${Number(usage.elapsed_ms ?? 0).toFixed(1)} ms`,
    `trace ${answer.trace_id}`];
  details.append(element("p", "meta", about.join(" · ")));
  proof.node = details;
  return proof;
}

// ---- small things ---------------------------------------------------------------------------------------------

function element(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className.trim();
  if (text !== "") node.textContent = text;
  return node;
}

function scrollable(table) {
  const frame = element("div", "scroll");
  frame.tabIndex = 0;
  frame.append(table);
  return frame;
}

function readable(name) {
  return String(name ?? "").replaceAll("_", " ");
}

function isNumeric(column) {
  return column?.type === "integer" || column?.type === "number";
}

function isIdentifier(column) {
  return /(^|_)id$/.test(column?.name ?? "");
}

function shown(value, column) {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number" || isIdentifier(column)) return String(value);
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  if (/(rate|share)/.test(column?.name ?? "") && Math.abs(value) <= 1) return `${(value * 100).toFixed(1)} %`;
  return value.toLocaleString("en-US", { maximumFractionDigits: Math.abs(value) < 1 ? 4 : 2 });
}
