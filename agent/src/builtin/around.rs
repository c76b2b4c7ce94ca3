//! What is said around a question: "time is short, so only this: …", "the boss is on fire about costs. How many …".
//!
//! message → clauses → versions of the message without the clauses that ask for nothing, likeliest first. A clause asks for
//! nothing when it sets something aside ("no prices needed"), states something ("we argued about margins"), gives a
//! reason, or stands as a heading before a figure that is named in full. Where the question leans on such a clause, only
//! the words that stood in the way are taken out of it. Used where a message was refused for what it does not ask, or not
//! understood: the caller reads the versions. Pure; what is clear and what names a figure is told by the caller.

use super::outside::Outside;

/// What the caller knows of a piece of text.
pub(crate) struct Look<'a> {
    /// Nothing in it lies outside the data.
    pub(crate) clear: &'a dyn Fn(&str) -> bool,
    /// It names a figure, a ranking or what is counted.
    pub(crate) figure: &'a dyn Fn(&str) -> bool,
    /// It names what is measured: a ranking alone does not.
    pub(crate) measure: &'a dyn Fn(&str) -> bool,
    /// It names a product, an aisle, a department or a time in full.
    pub(crate) thing: &'a dyn Fn(&str) -> bool,
    /// It points at something that it does not name.
    pub(crate) points: &'a dyn Fn(&str) -> bool,
}

/// What ends a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Sentence,
    Question,
    Colon,
    Dash,
    Comma,
    Bracket,
}

/// A stretch of the message, in bytes, with its mark.
#[derive(Debug, Clone, Copy)]
struct Clause<'m> {
    text: &'m str,
    from: usize,
    to: usize,
    end: End,
    /// It stands in brackets.
    aside: bool,
}

/// The versions of a message that was refused as outside the data.
pub(crate) fn without_what_is_not_asked(message: &str, about: Outside, look: &Look<'_>) -> Vec<String> {
    let clauses = clauses(message);
    let asks = |clause: &Clause<'_>| (look.figure)(clause.text) && (look.clear)(clause.text);
    let told: Vec<bool> = clauses
        .iter()
        .enumerate()
        .map(|(at, clause)| {
            let measured = |clause: &Clause<'_>| asks(clause) && (look.measure)(clause.text);
            let heads = || {
                is_measured(about)
                    && clause.heads()
                    && !(look.figure)(clause.text)
                    && clauses.iter().skip(at + 1).any(measured)
            };
            clause.tells() || heads()
        })
        .collect();
    let mut troubled: Vec<bool> = clauses.iter().map(|clause| !(look.clear)(clause.text)).collect();
    if !troubled.contains(&true) {
        // The words of a rule stand in several clauses.
        troubled.clone_from(&told);
    }
    let is = |flags: &[bool], at: usize| flags.get(at) == Some(&true);
    let drops = |at: usize| is(&told, at) && is(&troubled, at);
    let mut versions = Vec::new();
    let all_told = (0..clauses.len()).filter(|at| is(&troubled, *at)).all(drops);
    if all_told && clauses.iter().enumerate().any(|(at, clause)| !drops(at) && asks(clause)) {
        let rest = without(message, &clauses, drops);
        let names = clauses.iter().enumerate().any(|(at, clause)| drops(at) && (look.thing)(clause.text));
        if !names || (look.thing)(&rest) {
            versions.extend(without_lead(&rest, look));
            if !(look.points)(&rest) {
                versions.push(rest);
            }
        }
        versions.extend(blanked(message, &clauses, drops, look));
    }
    // "…, I mean the fewest items", "what pays best: the products with the most orders": the figure is named, whatever was
    // said before it.
    let restated = clauses.iter().enumerate().any(|(at, clause)| {
        let behind_colon = at
            .checked_sub(1)
            .and_then(|before| clauses.get(before))
            .is_some_and(|before| before.end == End::Colon && before.asks());
        (clause.brackets() || clause.restates() || behind_colon)
            && asks(clause)
            && (look.measure)(clause.text)
    });
    if restated && is_measured(about) {
        versions.extend(blanked(message, &clauses, |at| is(&troubled, at), look));
    }
    versions
}

/// The version of a message that was not understood without what only leads up to its figure, or follows it.
pub(crate) fn without_lead(message: &str, look: &Look<'_>) -> Option<String> {
    let clauses = clauses(message);
    let first = clauses.iter().position(|clause| (look.figure)(clause.text))?;
    let head = clauses.get(..first)?;
    let tail = clauses.get(first + 1..)?;
    let names =
        |clause: &Clause<'_>| (look.thing)(clause.text) || clause.text.contains(|c: char| c.is_ascii_digit());
    // What is only told may name things of its own where the question names some too.
    let named_behind = clauses.iter().skip(first).any(|clause| (look.thing)(clause.text));
    let leads = |clause: &Clause<'_>| {
        if names(clause) {
            named_behind && clause.tells()
        } else {
            clause.tells() || clause.heads() || !clause.asks()
        }
    };
    // What a comma alone sets apart leads up to the mark that ends the heading.
    let marked = head.last().is_some_and(|clause| clause.end != End::Comma) || head.iter().all(Clause::tells);
    let leads_up = !head.is_empty() && marked && head.iter().all(leads);
    let follows = |clause: &Clause<'_>| clause.tells() && !names(clause) && !(look.figure)(clause.text);
    let trails = tail.iter().any(follows);
    if !(leads_up || trails) {
        return None;
    }
    let rest = without(message, &clauses, |at| {
        if at < first { leads_up } else { at > first && clauses.get(at).is_some_and(follows) }
    });
    (!(look.points)(&rest)).then_some(rest)
}

/// Whether something of the kind is a figure that could be asked for, so that a heading which holds it is no condition:
/// "in December: orders by hour" asks of December, "coupon ideas: the five products …" of products.
fn is_measured(about: Outside) -> bool {
    !matches!(
        about,
        Outside::Calendar | Outside::Place | Outside::Person | Outside::Forecast | Outside::Health
    )
}

/// The message without some of its clauses.
fn without(message: &str, clauses: &[Clause<'_>], drops: impl Fn(usize) -> bool) -> String {
    let kept: Vec<&str> = clauses
        .iter()
        .enumerate()
        .filter(|(at, _)| !drops(*at))
        .filter_map(|(_, clause)| message.get(clause.from..clause.to))
        .collect();
    tidy(&kept.concat())
}

/// One space between words, and no mark or joining word at either end.
fn tidy(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-' | '–' | '—' | '.' | '(')
    });
    let mut text = text;
    while let Some(rest) = ["so ", "but ", "and ", "anyway ", "anyhow ", "still "]
        .iter()
        .find_map(|word| text.strip_prefix(word))
    {
        text = rest.trim_start();
    }
    text.to_owned()
}

/// So many words side by side are taken out where a clause must stay.
const MOST_BLANKED: usize = 3;

/// The message with the words taken out that stood in the way in some of its clauses; `None` where it takes more.
fn blanked(
    message: &str,
    clauses: &[Clause<'_>],
    troubled: impl Fn(usize) -> bool,
    look: &Look<'_>,
) -> Option<String> {
    let mut text = String::new();
    let mut changed = false;
    for (at, clause) in clauses.iter().enumerate() {
        let whole = message.get(clause.from..clause.to)?;
        if !troubled(at) {
            text.push_str(whole);
            continue;
        }
        let words: Vec<&str> = whole.split_whitespace().collect();
        let cleared = (1..=MOST_BLANKED.min(words.len())).find_map(|width| {
            (0..=words.len() - width).find_map(|from| {
                let kept =
                    words.iter().enumerate().filter(|(place, _)| !(from..from + width).contains(place));
                let rest = kept.map(|(_, word)| *word).collect::<Vec<_>>().join(" ");
                (look.clear)(&rest).then_some(rest)
            })
        })?;
        let mark = whole.trim_end().chars().last().filter(|c| !c.is_alphanumeric());
        text.push_str(&cleared);
        if let Some(mark) = mark.filter(|mark| !cleared.ends_with(*mark)) {
            text.push(mark);
        }
        text.push(' ');
        changed = true;
    }
    changed.then(|| tidy(&text))
}

/// The clauses of a message: sentences, and what colons, dashes, brackets and commas set apart.
fn clauses(message: &str) -> Vec<Clause<'_>> {
    let mut clauses = Vec::new();
    let mut from = 0;
    let mut aside = false;
    let mut push = |from: usize, text_to: usize, to: usize, end: End, aside: bool| {
        let text = message.get(from..text_to).unwrap_or_default().trim();
        if !text.is_empty() {
            clauses.push(Clause { text, from, to, end, aside });
        }
    };
    for (at, c) in message.char_indices() {
        if at < from {
            continue;
        }
        let behind = at + c.len_utf8();
        let rest = message.get(behind..).unwrap_or_default();
        let free = rest.is_empty()
            || rest.starts_with(|c: char| c.is_whitespace() || matches!(c, '.' | '?' | '!' | ')'));
        let word =
            message.get(from..at).unwrap_or_default().rsplit([' ', '.', '(']).next().unwrap_or_default();
        let end = match c {
            '.' if free && (word.chars().count() > 2 || rest.starts_with('.') || rest.trim().is_empty()) => {
                End::Sentence
            }
            '!' | ';' | '\n' | '…' if free || c != '!' => End::Sentence,
            '?' if free => End::Question,
            ':' if free => End::Colon,
            ',' if free => End::Comma,
            '–' | '—' => End::Dash,
            '-' if free && message.get(..at).is_some_and(|before| before.ends_with(char::is_whitespace)) => {
                End::Dash
            }
            '(' | ')' => End::Bracket,
            _ => continue,
        };
        // "??", "...": the marks belong together.
        let run = rest.chars().take_while(|next| *next == c && matches!(c, '.' | '?' | '!' | '-')).count();
        let opens = c == '(';
        let to = if opens { at } else { behind + run };
        push(from, at, to, end, aside);
        if matches!(c, '(' | ')') {
            aside = opens;
        }
        from = to;
        if opens {
            from = behind;
        }
    }
    push(from, message.len(), message.len(), End::Sentence, aside);
    clauses
}

/// Words before the first that counts.
const LEADING: &[&str] = &[
    "so", "and", "but", "well", "hi", "hello", "hey", "sorry", "ok", "okay", "oh", "also", "anyway", "yes",
    "yeah", "right", "now", "look", "listen", "morning", "please", "then", "there", "just",
];
/// Words that open a question or a request.
const ASKING: &[&str] = &[
    "what",
    "which",
    "who",
    "whom",
    "whose",
    "how",
    "when",
    "where",
    "why",
    "is",
    "are",
    "was",
    "were",
    "do",
    "does",
    "did",
    "can",
    "could",
    "will",
    "would",
    "should",
    "has",
    "have",
    "had",
    "may",
    "show",
    "give",
    "tell",
    "list",
    "name",
    "compare",
    "count",
    "rank",
    "find",
    "get",
    "compute",
    "calculate",
    "break",
    "split",
    "group",
    "report",
    "plot",
    "chart",
    "draw",
    "top",
    "best",
    "number",
    "share",
    "percentage",
    "percent",
    "by",
    "per",
    "of",
    "in",
    "on",
    "during",
    "within",
    "since",
    "between",
    "among",
    "from",
    "sort",
    "order",
    "let",
    "pull",
    "display",
    "determine",
    "suppose",
    "imagine",
    "assume",
    "assuming",
    "supposing",
    "if",
];
/// What asks or restricts wherever it stands.
const DEMANDING: &[&str] = &[
    "please",
    "wonder",
    "wondering",
    "show",
    "tell",
    "give",
    "only",
    "restrict",
    "consider",
    "focus",
    "limit",
    "interested",
    "mean",
    "means",
    "which",
    "what",
    "how",
    "who",
    "where",
    "why",
    "count",
    "rank",
    "list",
    "compare",
    "each",
    "every",
];
/// Verbs that state something of any subject.
const STATING: &[&str] = &[
    "am", "is", "are", "was", "were", "has", "had", "said", "says", "told", "tells", "came", "comes", "went",
    "goes", "got", "gets", "needs", "plans", "planned", "runs", "ran", "works", "worked", "thinks",
    "thought", "likes", "loves", "hates", "argued", "argues", "asked", "asks", "keeps", "kept", "hangs",
    "made", "makes", "can", "must", "will", "did", "does", "saw", "heard", "hears", "lost", "won", "swears",
    "claims", "believes", "insists", "wrote", "writes", "met", "died", "broke", "knows", "arrived",
    "arrives", "feels", "felt", "looks", "promised", "sent", "rang", "called", "wants", "sits", "starts",
    "started", "left", "gave", "gives", "took", "takes",
];
/// Verbs that state something behind one of these…
const PERSONS: &[&str] = &["i", "we", "they", "you", "people", "everybody", "everyone", "he", "she", "it"];
/// …and would demand it without.
const STATING_OF_PERSONS: &[&str] = &[
    "have",
    "come",
    "go",
    "get",
    "need",
    "plan",
    "run",
    "work",
    "think",
    "bet",
    "hate",
    "love",
    "like",
    "argue",
    "keep",
    "hang",
    "make",
    "may",
    "do",
    "hear",
    "swear",
    "claim",
    "believe",
    "meet",
    "leave",
    "feel",
    "look",
    "put",
    "write",
    "owe",
    "promise",
    "hope",
    "guess",
    "want",
    "care",
    "see",
    "understand",
    "can",
    "could",
    "would",
    "should",
    "might",
];
/// Words by which somebody who leaves themselves out states something: "hate to say it", "bet you a beer".
const ELLIPTIC: &[&str] = &[
    "hate", "love", "hope", "wish", "bet", "guess", "sorry", "glad", "happy", "afraid", "sad", "thought",
    "heard", "got", "had", "went", "promised", "been", "feeling", "thanks", "thank", "excuse", "forgive",
    "pardon", "congrats",
];
/// What sets something aside, at the start of a clause…
const DISMISSING: &[&[&str]] = &[
    &["no"],
    &["not"],
    &["never", "mind"],
    &["nevermind"],
    &["forget"],
    &["skip"],
    &["spare", "me"],
    &["spare", "us"],
    &["enough"],
    &["ignore"],
    &["leaving", "aside"],
    &["nothing", "about"],
    &["do", "not", "need"],
    &["do", "not", "care"],
    &["do", "not", "want"],
    &["do", "not", "worry"],
    &["do", "not", "bother"],
    &["without", "any", "talk"],
    &["i", "do", "not", "need"],
    &["i", "do", "not", "care"],
    &["i", "do", "not", "want"],
    &["i", "am", "not", "after"],
    &["we", "do", "not", "need"],
    &["regardless", "of"],
    &["do", "not", "tell", "me", "about"],
    &["do", "not", "delete"],
    &["do", "not", "change"],
    &["do", "not", "think"],
    &["without", "talking", "about"],
];
/// …or at its end.
const DISMISSED: &[&str] =
    &["aside", "apart", "needed", "required", "wanted", "intended", "necessary", "please"];
/// What follows "not" where it takes rows out rather than a subject: "not in 2016".
const RESTRICTING: &[&str] = &[
    "in", "on", "by", "from", "during", "at", "with", "since", "before", "after", "within", "between", "per",
    "sold", "bought", "ordered",
];
/// What gives a reason, at the start of a clause.
const REASONS: &[&str] =
    &["because", "cause", "since", "as", "before", "while", "although", "though", "otherwise", "whatever"];
/// What says a figure again.
const RESTATING: &[&[&str]] = &[
    &["i", "mean"],
    &["i", "e"],
    &["ie"],
    &["that", "is"],
    &["as", "in"],
    &["meaning"],
    &["namely"],
    &["in", "other", "words"],
    &["or", "rather"],
    &["going", "by"],
    &["judged", "by"],
    &["measured", "by"],
    &["judging", "by"],
    &["counted", "by"],
    &["in", "the", "sense"],
    &["by", "which", "i", "mean"],
];

impl Clause<'_> {
    /// Its words in lower case, contractions in full, without the ones that only lead in.
    fn words(&self) -> Vec<String> {
        let lower = self.text.to_lowercase().replace('’', "'");
        let mut words: Vec<String> = Vec::new();
        for word in lower.split(|c: char| !(c.is_alphanumeric() || c == '\'')).filter(|word| !word.is_empty())
        {
            let (stem, tail) = match word.split_once('\'') {
                Some((stem, "m")) => (stem, "am"),
                Some((stem, "re")) => (stem, "are"),
                Some((stem, "ve")) => (stem, "have"),
                Some((stem, "ll")) => (stem, "will"),
                Some((stem, "d")) => (stem, "had"),
                Some((stem, "s")) if matches!(stem, "it" | "that" | "there" | "he" | "she" | "everybody") => {
                    (stem, "is")
                }
                Some((stem, "t")) => (stem.strip_suffix('n').unwrap_or(stem), "not"),
                _ if word == "dont" => ("do", "not"),
                _ => (word, ""),
            };
            words.push(stem.to_owned());
            if !tail.is_empty() {
                words.push(tail.to_owned());
            }
        }
        let lead = words.iter().take_while(|word| LEADING.contains(&word.as_str())).count();
        let only_lead = lead == words.len();
        if only_lead { words } else { words.split_off(lead) }
    }

    /// Whether it asks or demands.
    fn asks(&self) -> bool {
        let words = self.words();
        let first = words.first().map_or("", String::as_str);
        self.end == End::Question && words.len() > 3 || ASKING.contains(&first)
    }

    /// Whether it asks for nothing by its own words.
    fn tells(&self) -> bool {
        let words = self.words();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.dismisses(&words) || gives_reason(&words) || self.end != End::Question && states(&words)
    }

    /// "no calendar needed", "spare me the euros", "jokes aside".
    fn dismisses(&self, words: &[&str]) -> bool {
        let opens = DISMISSING.iter().any(|phrase| words.starts_with(phrase));
        let takes_out = matches!(words, ["not" | "no", next, ..] if RESTRICTING.contains(next));
        let closes = words.last().is_some_and(|last| DISMISSED.contains(last) && *last != "please")
            && (words.contains(&"no") || matches!(words.last(), Some(&("aside" | "apart"))));
        let short = self.end != End::Question && words.len() <= 8;
        short && (opens && !takes_out || closes)
    }

    /// Whether it stands before a figure as its heading.
    fn heads(&self) -> bool {
        let marked = matches!(self.end, End::Colon | End::Dash | End::Bracket | End::Sentence);
        let words = self.words();
        let short_question = self.end == End::Question && words.len() <= 3;
        let grouped = words
            .iter()
            .any(|word| matches!(word.as_str(), "by" | "per" | "each" | "every" | "versus" | "vs"));
        (marked || short_question || self.end == End::Comma) && !self.asks() && !grouped
    }

    /// Whether it says a figure again in brackets, rather than what the one before is of: "(mean gap under 7 days)".
    fn brackets(&self) -> bool {
        let words = self.words();
        let first = words.first().map_or("", String::as_str);
        self.aside
            && !matches!(
                first,
                "of" | "for" | "in" | "by" | "per" | "with" | "from" | "on" | "without" | "only"
            )
    }

    /// Whether it says again what was meant.
    fn restates(&self) -> bool {
        let words = self.words();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        RESTATING.iter().any(|phrase| words.starts_with(phrase))
    }
}

/// "because the margins are thin"
fn gives_reason(words: &[&str]) -> bool {
    matches!(words, [first, ..] if REASONS.contains(first)) && words.len() > 3 && states_somewhere(words)
        || matches!(words, ["so", "that", ..] | ["for", "my" | "our", ..])
}

/// "the boss is on fire about costs", "I have had no coffee": a subject and its verb, and no demand.
fn states(words: &[&str]) -> bool {
    let first = words.first().copied().unwrap_or_default();
    let wants = |word: &str| matches!(word, "want" | "wants" | "know" | "could" | "would" | "should");
    let demands = words.iter().any(|word| DEMANDING.contains(word) || wants(word) && first == "i");
    let counts = words.iter().any(|word| word.chars().all(|c| c.is_ascii_digit()));
    let elliptic = ELLIPTIC.contains(&first) && words.len() > 2;
    !ASKING.contains(&first) && !demands && !counts && (elliptic || states_somewhere(words))
}

/// Whether a verb stands behind its subject and belongs to no relative clause.
fn states_somewhere(words: &[&str]) -> bool {
    (1..words.len().min(9)).any(|at| {
        let before = words.get(..at).unwrap_or_default();
        let relative = before.iter().any(|word| matches!(*word, "who" | "that" | "which" | "whose"));
        let person = before.iter().rev().take(2).any(|word| PERSONS.contains(word)) && before.len() <= 3;
        let verb = words.get(at).is_some_and(|word| {
            // "the tax we owe": the person stands in a relative clause where something else opens the clause.
            STATING.contains(word) && !before.iter().skip(1).any(|word| matches!(*word, "we" | "i" | "they"))
                || STATING.contains(word) && PERSONS.contains(before.first().unwrap_or(&""))
                || person
                    && STATING_OF_PERSONS.contains(word)
                    && PERSONS.contains(before.first().unwrap_or(&""))
        });
        verb && !relative
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clear(text: &str) -> bool {
        !["price", "cost", "december", "euro", "stock", "weather", "promo"]
            .iter()
            .any(|word| text.to_lowercase().contains(word))
    }

    fn look_at<R>(run: impl FnOnce(&Look<'_>) -> R) -> R {
        run(&Look {
            clear: &clear,
            figure: &|text| ["orders", "items", "customers"].iter().any(|word| text.contains(word)),
            thing: &|text| text.contains("Tea"),
            points: &|text| text.split(' ').any(|word| word == "it"),
            measure: &|text| ["orders", "items"].iter().any(|word| text.contains(word)),
        })
    }

    fn check(message: &str, about: Outside, expected: Option<&str>) {
        let versions = look_at(|look| without_what_is_not_asked(message, about, look));
        assert_eq!(versions.first().map(String::as_str), expected, "{message}");
    }

    #[test]
    fn what_asks_for_nothing_is_left_out() {
        let money = |message: &str, rest: &str| check(message, Outside::Money, Some(rest));
        money("The boss is on fire about costs. How many orders hold tea?", "How many orders hold tea?");
        money("no prices needed: orders by hour", "orders by hour");
        money("spare me the euros, just items per department", "just items per department");
        money("cheap price talk aside, top aisles by orders", "top aisles by orders");
        money("Price war! Which aisle has the most orders?", "Which aisle has the most orders?");
        money("orders by hour, because the boss asked about costs", "orders by hour");
        check("no December talk, orders by hour", Outside::Calendar, Some("orders by hour"));
    }

    #[test]
    fn what_the_question_leans_on_stays_without_the_word() {
        check(
            "promo idea for Tea: the customers with the most items of it",
            Outside::Money,
            Some("idea for Tea: the customers with the most items of it"),
        );
        check(
            "which aisles are where the price is low, I mean the fewest items",
            Outside::Money,
            Some("which aisles are where the is low, I mean the fewest items"),
        );
    }

    #[test]
    fn what_is_asked_for_stays() {
        check("price of tea", Outside::Money, None);
        check("price by department: top 5", Outside::Money, None);
        check("In December: orders by hour", Outside::Calendar, None);
        check("December: orders by hour", Outside::Calendar, None);
        check("orders by hour, in December", Outside::Calendar, None);
        check("customers who are on promo: how many orders?", Outside::Money, None);
        check("what does it cost? And how many orders?", Outside::Money, None);
        check("top aisles by price, then orders", Outside::Money, None);
        check("tax and price we owe on tea", Outside::Money, None);
        check("put the price of tea next to its orders, number of items", Outside::Money, None);
        check("days of stock left", Outside::Stock, None);
    }

    #[test]
    fn a_lead_that_was_not_understood_is_left_out() {
        let check = |message: &str, expected: Option<&str>| {
            assert_eq!(look_at(|look| without_lead(message, look)).as_deref(), expected, "{message}");
        };
        check("blunt truth, please: mean orders of a segment", Some("mean orders of a segment"));
        check("bet you a beer it is a lot: items per order", Some("items per order"));
        check("variety counts, they say. how many items", Some("how many items"));
        check("Tea: how many items", None);
        check("orders of blurbs", None);
        check("by blurb: how many orders", None);
    }
}
