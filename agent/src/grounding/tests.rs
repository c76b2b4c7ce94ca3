use domain::table::Table;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::bound_text::{BoundText, ResultTable};

const QUESTION: &str = "Top 5 of frozen, or three oat milk?";

fn table() -> Table {
    Table {
        columns: vec![
            Column::new("product_name", ColumnType::String),
            Column::new("department", ColumnType::String),
            Column::new("items", ColumnType::Integer),
            Column::new("reorder_rate", ColumnType::Number),
            Column::new("order_hour_of_day", ColumnType::Integer),
        ],
        rows: vec![
            vec![json!("Banana"), json!("produce"), json!(89_566), json!(0.289_27), json!(10)],
            vec![json!("Organic Whole Milk"), json!("dairy eggs"), json!(5), json!(0.75), json!(17)],
        ],
    }
}

fn evidence() -> Vec<Evidence> {
    let Table { columns, rows } = table();
    vec![Evidence {
        id: "e1".into(),
        tool: "t".into(),
        arguments: json!({}),
        sql: None,
        parameters: Vec::new(),
        engine: "embedded".into(),
        columns,
        row_count: rows.len(),
        result: rows,
        truncated: false,
        elapsed_ms: 0.0,
    }]
}

fn violations(text: &str, bindings: &[Binding]) -> Vec<Violation> {
    let evidence = evidence();
    let checked =
        Checked { text, bindings, evidence: &evidence, question: QUESTION, offered: &["And the top 3?"] };
    check(&checked).err().map(|ungrounded| ungrounded.0).unwrap_or_default()
}

/// A text in which `{}` stands for the cell, checked.
fn with_cell(text: &str, row: usize, column: &str, format: Format) -> Vec<Violation> {
    let (before, after) = text.split_once("{}").unwrap();
    let result = ResultTable::new("e1", &table());
    let mut bound = BoundText::new();
    bound.push_text(before);
    bound.push_cell_as(&result, row, column, format).unwrap();
    bound.push_text(after);
    let (text, bindings) = bound.finish();
    violations(&text, &bindings)
}

fn binding(start: usize, end: usize, column: &str, format: Format, value: Value) -> Binding {
    Binding {
        start,
        end,
        kind: BindingKind::Evidence,
        evidence: "e1".into(),
        row: 0,
        column: column.into(),
        format,
        value,
    }
}

#[test]
fn a_text_without_figures_and_names_needs_no_binding() {
    assert!(violations("Ask me about orders, products and customers.", &[]).is_empty());
}

#[test]
fn bound_figures_pass_wherever_they_stand() {
    assert!(with_cell("It sold {} items.", 0, "items", Format::Integer).is_empty());
    assert!(with_cell("{} of all, at best", 0, "reorder_rate", Format::Percent).is_empty());
    assert!(with_cell("at ({}).", 0, "order_hour_of_day", Format::Hour).is_empty());
    assert!(with_cell("{} leads.", 0, "department", Format::Name).is_empty());
    assert!(with_cell("Most buy {}s.", 0, "product_name", Format::Name).is_empty());
}

#[test]
fn unbound_figures_are_refused_in_any_form() {
    for text in ["It sold 89,566.", "28.9 %", "at 10:00", "½ of all", "٣ items", "H2O", "20th", "1. Kiwi"] {
        let found = violations(text, &[]);
        assert!(matches!(found.as_slice(), [Violation::UnboundFigure { .. }]), "{text}: {found:?}");
    }
}

#[test]
fn number_words_are_refused_unless_the_question_used_them() {
    assert!(
        matches!(violations("Twice as many.", &[]).as_slice(), [Violation::UnboundWord { written }] if written == "Twice")
    );
    assert!(!violations("A dozen orders.", &[]).is_empty());
    assert!(violations("Here are three.", &[]).is_empty(), "the question says three");
    assert!(violations("One of the aisles, no one else.", &[]).is_empty());
}

#[test]
fn products_of_the_evidence_have_to_be_bound() {
    let unbound = |text: &str| {
        violations(text, &[]).iter().any(|violation| matches!(violation, Violation::UnboundName { .. }))
    };
    assert!(unbound("Banana leads."));
    assert!(unbound("Many buy organic whole milk."), "letter case does not hide a long name");
    assert!(!unbound("Bananarama sings."), "part of a word is no mention");
    assert!(!unbound("The banana is a fruit."), "a single word in another case is an everyday word");
    assert!(!unbound("Produce leads."), "departments are everyday words");
}

#[test]
fn a_binding_needs_its_cell_its_value_and_its_format() {
    let check = |binding: Binding| violations("Sold 89,566.", &[binding]).into_iter().next();
    let right = || binding(5, 11, "items", Format::Integer, json!(89_566));
    assert_eq!(check(right()), None);
    let missing = |binding| matches!(check(binding), Some(Violation::NoSuchCell { .. }));
    assert!(missing(Binding { evidence: "e2".into(), ..right() }));
    assert!(missing(Binding { row: 2, ..right() }));
    assert!(missing(Binding { column: "orders".into(), ..right() }));
    assert!(matches!(check(Binding { value: json!(89_567), ..right() }), Some(Violation::WrongValue { .. })));
    assert!(matches!(
        check(Binding { format: Format::Percent, ..right() }),
        Some(Violation::WrongFormat { .. })
    ));
    assert!(matches!(
        check(Binding { format: Format::Name, ..right() }),
        Some(Violation::WrongFormat { .. })
    ));
    assert!(matches!(
        check(Binding { format: Format::Decimal, ..right() }),
        Some(Violation::WrongText { .. })
    ));
    assert!(matches!(check(Binding { start: 5, end: 5, ..right() }), Some(Violation::Offsets { .. })));
    assert!(matches!(check(Binding { end: 99, ..right() }), Some(Violation::Offsets { .. })));
}

#[test]
fn bindings_may_not_overlap_or_go_back() {
    let twice = [
        binding(5, 11, "items", Format::Integer, json!(89_566)),
        binding(5, 11, "items", Format::Integer, json!(89_566)),
    ];
    assert!(matches!(
        violations("Sold 89,566.", &twice).as_slice(),
        [Violation::Offsets { start: 5, end: 11 }]
    ));
}

#[test]
fn nothing_beside_a_figure_may_change_it() {
    for text in [
        "-{} items",
        "1{} items",
        "{}5 items",
        "{}.5 items",
        "{},000 items",
        "{}k items",
        "{}th",
        "{} % of all",
        "{} percent",
        "{} per cent",
        "{} million",
        "{} thousand",
        "~{}",
        "${}",
    ] {
        let found = with_cell(text, 0, "items", Format::Integer);
        assert!(
            found.iter().any(|violation| matches!(violation, Violation::Altered { .. })),
            "{text}: {found:?}"
        );
    }
    assert!(!with_cell("{} pm", 0, "order_hour_of_day", Format::Hour).is_empty());
    assert!(
        with_cell("about half-way? no: {}, so", 0, "items", Format::Integer)
            .iter()
            .all(|v| !matches!(v, Violation::Altered { .. }))
    );
}

#[test]
fn a_name_is_raised_only_where_a_sentence_begins() {
    let name = |text: &str, start, end| {
        violations(text, &[binding(start, end, "department", Format::Name, json!("produce"))])
    };
    assert!(name("Produce leads.", 0, 7).is_empty());
    assert!(name("So it is. Produce leads.", 10, 17).is_empty());
    assert!(name("The produce leads.", 4, 11).is_empty());
    assert!(matches!(name("The Produce leads.", 4, 11).as_slice(), [Violation::WrongText { .. }]));
}

#[test]
fn a_quote_has_to_stand_in_the_question() {
    let quote = |text: &str, words: &str| {
        let (before, after) = text.split_once("{}").unwrap();
        let mut bound = BoundText::new();
        bound.push_text(before).push_question(words).push_text(after);
        let (text, bindings) = bound.finish();
        violations(&text, &bindings)
    };
    assert!(quote("The top {}.", "5").is_empty());
    assert!(quote("About {}.", "Oat Milk").is_empty());
    assert!(matches!(quote("The top {}.", "50").as_slice(), [Violation::NotInQuestion { .. }]));
    assert!(matches!(quote("About {}.", "at milk").as_slice(), [Violation::NotInQuestion { .. }]));
}

#[test]
fn a_question_that_is_offered_may_hold_figures() {
    assert!(violations("You could ask: “And the top 3?”", &[]).is_empty());
    assert!(!violations("There are 3.", &[]).is_empty());
}

#[test]
fn figures_of_the_asker_are_quoted_in_questions_back() {
    let text = "Which 5 do you mean, of 7?";
    let quotes = quote_question(text, &[], QUESTION);
    assert_eq!(quotes.len(), 1);
    assert_eq!((quotes[0].start, quotes[0].end, quotes[0].value.clone()), (6, 7, json!(5)));
}

#[test]
fn every_violation_is_reported_with_what_would_be_right() {
    let evidence = evidence();
    let checked =
        Checked { text: "Banana sold 7.", bindings: &[], evidence: &evidence, question: "", offered: &[] };
    assert_eq!(
        check(&checked).unwrap_err().to_string(),
        "the figure \"7\" is bound to no result: refer to the cell that holds it, or leave it out; \
         the product \"Banana\" is bound to no result: refer to the cell that holds its name"
    );
}

/// A piece of a text: words, or a cell with one of the formats of its column.
#[derive(Debug, Clone)]
enum Piece {
    Words(String),
    Cell(usize, usize),
}

fn pieces() -> impl Strategy<Value = (Vec<(i64, f64, String)>, Vec<Piece>)> {
    let rows = prop::collection::vec(
        (-5_000_000_i64..5_000_000, -2.0..2.0_f64, "[A-Z][a-zé]{2,8}( [A-Z][a-z]{2,8})?"),
        1..6,
    );
    rows.prop_flat_map(|rows| {
        let count = rows.len();
        let piece = prop_oneof![
            // Words that state no number and are no names.
            "(of|for|about|und|é|–){1,3}".prop_map(Piece::Words),
            (0..count, 0..3_usize).prop_map(|(row, column)| Piece::Cell(row, column)),
        ];
        (Just(rows), prop::collection::vec(piece, 1..12))
    })
}

const COLUMNS: [(&str, ColumnType); 3] =
    [("items", ColumnType::Integer), ("lift", ColumnType::Number), ("product_name", ColumnType::String)];

fn build(rows: &[(i64, f64, String)], pieces: &[Piece]) -> (Vec<Evidence>, String, Vec<Binding>) {
    let table = Table {
        columns: COLUMNS.iter().map(|(name, kind)| Column::new(*name, *kind)).collect(),
        rows: rows.iter().map(|(items, lift, name)| vec![json!(items), json!(lift), json!(name)]).collect(),
    };
    let result = ResultTable::new("e1", &table);
    let mut bound = BoundText::new();
    for piece in pieces {
        match piece {
            Piece::Words(words) => bound.push_text(words),
            Piece::Cell(row, column) => bound.push_cell(&result, *row, COLUMNS[*column].0).unwrap(),
        };
        bound.push_text(" ");
    }
    let (text, bindings) = bound.finish();
    let mut evidence = evidence();
    evidence[0].columns = table.columns;
    evidence[0].result = table.rows;
    (evidence, text, bindings)
}

proptest! {
    #[test]
    fn what_the_builder_writes_always_passes((rows, pieces) in pieces()) {
        let (evidence, text, bindings) = build(&rows, &pieces);
        let checked = Checked { text: &text, bindings: &bindings, evidence: &evidence, question: "", offered: &[] };
        prop_assert_eq!(check(&checked), Ok(()), "{}", text);
    }

    #[test]
    fn changing_one_digit_always_fails((rows, pieces) in pieces(), which in any::<prop::sample::Index>(), by in 1..10_u32) {
        let (evidence, text, bindings) = build(&rows, &pieces);
        let mut chars: Vec<char> = text.chars().collect();
        let digits: Vec<usize> = (0..chars.len()).filter(|&at| chars[at].is_ascii_digit()).collect();
        prop_assume!(!digits.is_empty());
        let at = digits[which.index(digits.len())];
        chars[at] = char::from_digit((chars[at].to_digit(10).unwrap() + by) % 10, 10).unwrap();
        let text: String = chars.into_iter().collect();
        let checked = Checked { text: &text, bindings: &bindings, evidence: &evidence, question: "", offered: &[] };
        prop_assert!(check(&checked).is_err(), "{}", text);
    }

    #[test]
    fn dropping_one_binding_always_fails((rows, pieces) in pieces(), which in any::<prop::sample::Index>()) {
        let (evidence, text, mut bindings) = build(&rows, &pieces);
        prop_assume!(!bindings.is_empty());
        bindings.remove(which.index(bindings.len()));
        let checked = Checked { text: &text, bindings: &bindings, evidence: &evidence, question: "", offered: &[] };
        prop_assert!(check(&checked).is_err(), "{}", text);
    }

    #[test]
    fn the_checker_never_panics(text in ".{0,60}", start in 0..70_usize, end in 0..70_usize) {
        let evidence = evidence();
        let bindings = [binding(start, end, "items", Format::Integer, json!(89_566))];
        let checked = Checked { text: &text, bindings: &bindings, evidence: &evidence, question: &text, offered: &[&text] };
        let _ = check(&checked);
    }
}
