//! Question sets: what is asked, as whom, and what would be right.
//!
//! TOML with `[[question]]` and `[[conversation]]`; `eval/questions/README.md` tells the keys. A set becomes [`Case`]s,
//! one a question or conversation, each with its turns in the order they are asked. Unknown keys are refused.
//! Slots such as `{product:popular:3}` stand for things of the lake at hand, so that a file holds no row of any data.

use std::{collections::BTreeMap, fs, path::Path, path::PathBuf};

use domain::{answer::Status, principal::Role};
use serde::{Deserialize, Deserializer};
use toml::{Table, Value};

use crate::split::{Side, side};

/// Turns of a conversation: one is a question, past five nobody wrote gold.
const TURNS: std::ops::RangeInclusive<usize> = 2..=5;

/// Why a question set cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// The file or folder cannot be read.
    #[error("cannot read the questions in {path}: {source}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A folder without question sets.
    #[error("{path} holds no question set: write one (eval/questions/README.md) or name a file with --set")]
    NoSet {
        /// The folder.
        path: PathBuf,
    },
    /// The file is no question set.
    #[error("{path} is no question set: {message}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
}

/// The cases of one file.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionSet {
    /// The file's name without its end: `analytics-a`.
    pub name: String,
    /// Questions, then conversations, in the order of the file.
    pub cases: Vec<Case>,
}

/// A question, or a conversation as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Unique over all files.
    pub id: String,
    /// What the file is about: its name up to the first `-`.
    pub kind: String,
    /// The sort of question, for the report.
    pub intent: String,
    /// Who asks.
    pub role: Role,
    /// The customer who asks, or whose "I" it is; a slot or a number.
    pub user: Option<String>,
    /// The part of the split it is in.
    pub side: Side,
    /// Whether it is a conversation; a question is one turn.
    pub is_conversation: bool,
    /// What is asked, in order; at least one.
    pub turns: Vec<Turn>,
}

impl Case {
    /// The name of a turn, counted from 0: the question's id, or `co-001#2`.
    pub fn turn_name(&self, at: usize) -> String {
        if self.is_conversation { format!("{}#{}", self.id, at + 1) } else { self.id.clone() }
    }
}

/// How an answer is compared with the gold rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The rows of one evidence are the gold rows.
    #[default]
    Rows,
    /// The products that are shown.
    Products,
    /// Status, `mention` and `absent` only.
    None,
}

/// One thing asked, and what would be right.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// The question, with slots.
    pub ask: String,
    /// The statuses that are right.
    #[serde(deserialize_with = "one_or_many")]
    pub expect: Vec<Status>,
    /// Whether the order of the rows was asked for.
    #[serde(default)]
    pub ordered: bool,
    /// The cut of a ranking; rows that tie at the cut are interchangeable.
    #[serde(default)]
    pub top: Option<usize>,
    /// How the answer is compared.
    #[serde(default)]
    pub check: Check,
    /// Of products: the least share of the shown ones that must be gold, 0 to 1; all where it is not given.
    #[serde(default)]
    pub min_share: Option<f64>,
    /// Of products: exactly so many are shown.
    #[serde(default)]
    pub count: Option<usize>,
    /// Of products: from each of these lists at least one is shown.
    #[serde(default)]
    pub each: Vec<String>,
    /// Of products: none of these is shown.
    #[serde(default)]
    pub none_of: Option<String>,
    /// The gold statements; several are several tables, all wanted.
    #[serde(default, deserialize_with = "one_or_many")]
    pub sql: Vec<String>,
    /// Other readings, as right as `sql`.
    #[serde(default)]
    pub also: Vec<String>,
    /// Gold columns that an answer may leave out.
    #[serde(default)]
    pub optional: Vec<String>,
    /// Whether no rows, or only NULL, is the right result.
    #[serde(default)]
    pub empty: bool,
    /// Each must occur; `|` separates alternatives.
    #[serde(default)]
    pub mention: Vec<String>,
    /// None may occur.
    #[serde(default)]
    pub absent: Vec<String>,
    /// The codes of a refusal that are right; any where none is given.
    #[serde(default, deserialize_with = "one_or_many")]
    pub code: Vec<String>,
    /// Products in the visitor's basket; slots or numbers.
    #[serde(default)]
    pub basket: Vec<String>,
    /// Why this reading.
    #[serde(default)]
    pub note: Option<String>,
}

impl Turn {
    /// Whether an answer is among what is right.
    pub fn wants(&self, status: Status) -> bool {
        self.expect.contains(&status)
    }

    /// Whether nothing but that status is right.
    pub fn wants_only(&self, status: Status) -> bool {
        self.expect.iter().all(|expected| *expected == status)
    }

    /// The gold statements under their keys: `sql0`, `also1`, `each0`, `none_of`.
    pub fn statements(&self) -> Vec<(String, &str)> {
        let listed = [("sql", &self.sql), ("also", &self.also), ("each", &self.each)];
        let numbered = listed.into_iter().flat_map(|(key, statements)| {
            statements.iter().enumerate().map(move |(at, sql)| (format!("{key}{at}"), sql.as_str()))
        });
        numbered.chain(self.none_of.iter().map(|sql| ("none_of".to_owned(), sql.as_str()))).collect()
    }

    fn check(&self) -> Result<(), String> {
        if self.ask.trim().is_empty() {
            return Err("ask is empty: write the question".to_owned());
        }
        if self.expect.is_empty() || self.wants(Status::Error) {
            return Err("expect is none of answered, clarify, refused: name one or several".to_owned());
        }
        let of_products = self.min_share.is_some()
            || self.count.is_some()
            || !self.each.is_empty()
            || self.none_of.is_some();
        if of_products && self.check != Check::Products {
            return Err("min_share, count, each and none_of belong to check = \"products\"".to_owned());
        }
        if let Some(share) = self.min_share.filter(|share| !(0.0..=1.0).contains(share)) {
            return Err(format!("min_share is {share}, it must be from 0 to 1"));
        }
        if self.top == Some(0) {
            return Err("top is 0: a ranking has at least one place".to_owned());
        }
        if !self.also.is_empty() && self.sql.len() != 1 {
            return Err(format!("also goes with one sql, not with {}", self.sql.len()));
        }
        if !self.code.is_empty() && !self.wants(Status::Refused) {
            return Err("code belongs to expect = \"refused\"".to_owned());
        }
        if !self.wants(Status::Answered) {
            return Ok(());
        }
        match self.check {
            Check::Rows if self.sql.is_empty() => {
                Err("it expects an answer but has no sql: write it, or set check = \"none\"".to_owned())
            }
            Check::Products if self.sql.is_empty() && !of_products => {
                Err("check = \"products\" needs sql, each, none_of or count".to_owned())
            }
            Check::None if self.mention.is_empty() && self.wants_only(Status::Answered) => {
                Err("check = \"none\" needs mention".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// A value, or a list of them.
fn one_or_many<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany<T> {
        One(T),
        Many(Vec<T>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    })
}

/// What a question and a conversation have in common.
#[derive(Deserialize)]
struct Asker {
    id: String,
    intent: String,
    role: Role,
    #[serde(default)]
    user: Option<Value>,
}

const ASKER_KEYS: [&str; 4] = ["id", "intent", "role", "user"];

impl QuestionSet {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> Result<Self, SetError> {
        let text =
            fs::read_to_string(path).map_err(|source| SetError::Read { path: path.to_owned(), source })?;
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Self::parse(&name, &text).map_err(|message| SetError::Malformed { path: path.to_owned(), message })
    }

    /// Reads and checks several files; of a folder every `.toml`, by name. An id stands once over all of them.
    pub fn read_all(paths: &[PathBuf]) -> Result<Vec<Self>, SetError> {
        let mut sets = Vec::new();
        let mut seen: BTreeMap<String, PathBuf> = BTreeMap::new();
        for path in files(paths)? {
            let set = Self::read(&path)?;
            for case in &set.cases {
                if let Some(first) = seen.insert(case.id.clone(), path.clone()) {
                    let first = first.display();
                    let message = format!("the id {:?} stands in {first} too: give each its own", case.id);
                    return Err(SetError::Malformed { path, message });
                }
            }
            sets.push(set);
        }
        Ok(sets)
    }

    /// Reads and checks a text.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let document: Table = toml::from_str(text).map_err(|error| error.to_string())?;
        let kind = name.split('-').next().unwrap_or(name);
        let mut cases = Vec::new();
        for (key, value) in document {
            let read = match key.as_str() {
                "question" => read_question,
                "conversation" => read_conversation,
                _ => return Err(format!("unknown key {key:?}: use [[question]] or [[conversation]]")),
            };
            let Value::Array(entries) = value else {
                return Err(format!("{key} is no list of tables: write [[{key}]]"));
            };
            for (at, entry) in entries.into_iter().enumerate() {
                let Value::Table(entry) = entry else {
                    return Err(format!("{key} {} is no table: write [[{key}]]", at + 1));
                };
                let id = entry.get("id").and_then(Value::as_str).map(str::to_owned);
                let shown = id.unwrap_or_else(|| format!("number {}", at + 1));
                cases.push(read(kind, entry).map_err(|error| format!("{key} {shown}: {}", error.trim()))?);
            }
        }
        let mut ids = std::collections::BTreeSet::new();
        match cases.iter().find(|case| !ids.insert(&case.id)) {
            Some(twice) => Err(format!("the id {:?} stands twice: give each its own", twice.id)),
            None => Ok(Self { name: name.to_owned(), cases }),
        }
    }
}

/// The files that paths stand for; what is in a folder by name.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, SetError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let read = |source| SetError::Read { path: path.clone(), source };
        let mut found = Vec::new();
        for entry in fs::read_dir(path).map_err(read)? {
            let file = entry.map_err(read)?.path();
            if file.extension().is_some_and(|end| end == "toml") {
                found.push(file);
            }
        }
        if found.is_empty() {
            return Err(SetError::NoSet { path: path.clone() });
        }
        found.sort();
        files.extend(found);
    }
    Ok(files)
}

fn read_question(kind: &str, mut entry: Table) -> Result<Case, String> {
    let asker = take_asker(&mut entry)?;
    let turn = read_turn(entry)?;
    case(kind, asker, vec![turn], false)
}

fn read_conversation(kind: &str, mut entry: Table) -> Result<Case, String> {
    let asker = take_asker(&mut entry)?;
    entry.remove("note");
    let basket = entry.remove("basket");
    let turns = match entry.remove("turn") {
        Some(Value::Array(turns)) => turns,
        Some(_) => return Err("turn is no list of tables: write [[conversation.turn]]".to_owned()),
        None => Vec::new(),
    };
    if let Some(unknown) = entry.keys().next() {
        return Err(format!("unknown key {unknown:?}: what is asked belongs into [[conversation.turn]]"));
    }
    if !TURNS.contains(&turns.len()) {
        return Err(format!("it has {} turns, it must have 2 to 5", turns.len()));
    }
    let mut read = Vec::with_capacity(turns.len());
    for (at, turn) in turns.into_iter().enumerate() {
        let Value::Table(mut turn) = turn else {
            return Err(format!("turn {} is no table: write [[conversation.turn]]", at + 1));
        };
        if let Some(basket) = &basket {
            turn.entry("basket").or_insert_with(|| basket.clone());
        }
        read.push(read_turn(turn).map_err(|error| format!("turn {}: {}", at + 1, error.trim()))?);
    }
    case(kind, asker, read, true)
}

fn take_asker(entry: &mut Table) -> Result<Asker, String> {
    let mut common = Table::new();
    for key in ASKER_KEYS {
        common.extend(entry.remove_entry(key));
    }
    common.try_into().map_err(|error: toml::de::Error| error.message().to_owned())
}

fn read_turn(entry: Table) -> Result<Turn, String> {
    let turn: Turn = entry.try_into().map_err(|error: toml::de::Error| error.to_string())?;
    turn.check()?;
    Ok(turn)
}

fn case(kind: &str, asker: Asker, turns: Vec<Turn>, is_conversation: bool) -> Result<Case, String> {
    let user = match asker.user {
        None => None,
        Some(Value::String(text)) => Some(text),
        Some(Value::Integer(id)) => Some(id.to_string()),
        Some(other) => return Err(format!("user is {other}: write a slot or a customer number")),
    };
    match (asker.role, &user) {
        (Role::Shopper, None) => return Err("a shopper needs a user".to_owned()),
        (Role::Guest, Some(_)) => {
            return Err("a guest has no user: leave it out or ask as a shopper".to_owned());
        }
        _ => {}
    }
    Ok(Case {
        side: side(&asker.id),
        id: asker.id,
        kind: kind.to_owned(),
        intent: asker.intent,
        role: asker.role,
        user,
        is_conversation,
        turns,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[[question]]\nid='a'\nintent='metric'\nrole='analyst'\nask='how many?'\nexpect='answered'\nsql='SELECT 1'\n";
    const TALK: &str = "[[conversation]]\nid='c'\nintent='refine'\nrole='shopper'\nuser='{user:heavy:1}'\nbasket=['7']\n\
        [[conversation.turn]]\nask='top 5?'\nexpect='answered'\nsql=['SELECT 1','SELECT 2']\n\
        [[conversation.turn]]\nask='and 3?'\nexpect=['clarify','refused']\ncode='not_allowed'\nbasket=[]\n";

    fn only(text: &str) -> Case {
        QuestionSet::parse("analytics-a", text).unwrap().cases.remove(0)
    }

    #[test]
    fn a_question_reads_with_its_defaults() {
        let case = only(GOOD);
        assert_eq!((case.kind.as_str(), case.turn_name(0).as_str()), ("analytics", "a"));
        let turn = &case.turns[0];
        assert_eq!((turn.check, turn.sql.len(), turn.top), (Check::Rows, 1, None));
        assert!(turn.wants_only(Status::Answered) && !turn.wants(Status::Refused));
    }

    #[test]
    fn a_conversation_reads_with_its_turns() {
        let case = only(TALK);
        assert_eq!((case.is_conversation, case.turn_name(1).as_str()), (true, "c#2"));
        let keys: Vec<String> = case.turns[0].statements().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["sql0", "sql1"]);
        assert_eq!(case.turns[0].basket, ["7"], "the conversation's basket");
        assert!(case.turns[1].basket.is_empty(), "the turn's own");
        assert_eq!(case.turns[1].code, ["not_allowed"]);
    }

    #[test]
    fn statements_are_listed_under_their_keys() {
        let text = GOOD.to_owned()
            + "check='products'\nalso=['SELECT 2']\neach=['SELECT 3','SELECT 4']\nnone_of='SELECT 5'\n";
        let case = only(&text);
        let found = case.turns[0].statements();
        let expected = [("sql0", 1), ("also0", 2), ("each0", 3), ("each1", 4), ("none_of", 5)];
        let expected = expected.map(|(key, n)| (key.to_owned(), format!("SELECT {n}")));
        let found: Vec<_> = found.into_iter().map(|(key, sql)| (key, sql.to_owned())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn mistakes_are_named() {
        let check = |text: String, expected: &str| {
            let message = QuestionSet::parse("x", &text).unwrap_err();
            assert!(message.contains(expected), "{message}");
        };
        check(format!("{GOOD}{GOOD}"), "stands twice");
        check(GOOD.replace("sql=", "sqql="), "sqql");
        check(GOOD.replace("[[question]]", "[[qestion]]"), "qestion");
        check(GOOD.replace("[[question]]", "[question]"), "[[question]]");
        check(GOOD.replace("id='a'", ""), "number 1: missing field `id`");
        check(GOOD.replace("expect='answered'", "expect='error'"), "answered, clarify, refused");
        check(GOOD.replace("expect='answered'", "expect=[]"), "answered, clarify, refused");
        check(GOOD.replace("sql='SELECT 1'", ""), "has no sql");
        check(GOOD.replace("'analyst'", "'shopper'"), "a shopper needs a user");
        check(GOOD.replace("'analyst'", "'guest'\nuser=7"), "a guest has no user");
        check(GOOD.to_owned() + "min_share=0.5\n", "belong to check = \"products\"");
        check(GOOD.to_owned() + "check='products'\nmin_share=5\n", "from 0 to 1");
        check(GOOD.to_owned() + "top=0\n", "top is 0");
        check(GOOD.replace("sql='SELECT 1'", "check='none'"), "needs mention");
        check(GOOD.replace("sql='SELECT 1'", "check='products'"), "needs sql, each");
        check(GOOD.replace("sql='SELECT 1'", "sql=['SELECT 1','SELECT 2']\nalso=['SELECT 3']"), "with 2");
        check(GOOD.to_owned() + "code='x'\n", "code belongs");
        check(TALK.replace("basket=['7']", "ask='x'"), "unknown key \"ask\"");
        check(TALK.replace("ask='and 3?'", "ask='and 3?'\nrole='guest'"), "turn 2");
        let one_turn =
            TALK.split("[[conversation.turn]]").take(2).collect::<Vec<_>>().join("[[conversation.turn]]");
        check(one_turn, "1 turns, it must have 2 to 5");
    }
}
