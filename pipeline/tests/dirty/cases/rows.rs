//! Shape, encoding and spelling of single rows and values, shown on the table where they hurt most.

use crate::{
    damage::{added, added_bytes, broken, header, kept, normalised, quarantined},
    source::{Source, is_text, quoted, quoted_where_needed},
};

damages! {
    row_too_few_fields => [
        added("aisles", &[("41", "malformed_row")]),
        added("products", &[("121,New,1", "malformed_row")]),
        added("orders", &[("6101,61,prior,1,3,10", "malformed_row")]),
        added("order_products__prior", &[("101,115,9", "malformed_row"), ("1", "malformed_row")]),
    ];
    row_too_many_fields => [
        added("departments", &[("21,new,1", "malformed_row")]),
        added("products", &[("121,Cheese, Blue,1,1", "malformed_row")]),
        added("orders", &[("6102,61,prior,2,3,10,5,0", "malformed_row")]),
    ];
    row_trailing_comma => [
        added("aisles", &[("41,new,", "malformed_row")]),
        added("order_products__train", &[("206,115,9,0,", "malformed_row")]),
    ];
    row_of_commas => [added("aisles", &[(",", "invalid_aisle_id")])];
    row_header_again => [
        added("orders", &[(&header("orders"), "invalid_order_id")]),
        added("order_products__prior", &[(&header("order_products__prior"), "invalid_order_id")]),
    ];
    row_byte_order_mark_inside => [added("aisles", &[("\u{feff}41,new", "invalid_aisle_id")])];
    row_swapped_ids => [added("order_products__prior", &[("115,101,9,0", "orphan_order")])];
    row_swapped_day_and_hour => [added("orders", &[("6101,61,prior,1,10,3,", "invalid_order_dow")])];
    row_swapped_id_and_name => [added("products", &[("New,121,1,1", "invalid_product_id")])];
    row_two_in_one_line => [added("aisles", &[("41,new\r42,other", "malformed_row")])];

    value_whole_number_with_point => [normalised(numbers(|value| {
        if value.is_empty() || value.contains('.') { value.to_owned() } else { format!("{value}.0") }
    }))];
    value_leading_zeros => [normalised(numbers(|value| {
        if value.is_empty() { String::new() } else { format!("00{value}") }
    }))];
    value_blanks_around => [normalised(Source::rendered(|_, _, value| {
        let padded = format!("  {value}\t");
        quoted_where_needed(&padded)
    }))];
    value_carriage_return_inside =>
        [normalised(Source::clean().with_replaced("products", "Whole Milk", "Whole\rMilk"))];
    value_line_break_inside_quotes => ["\"Whole\nMilk\"", "\"Whole\r\nMilk\"", "\"Whole\n\n\nMilk\""]
        .map(|name| normalised(Source::clean().with_replaced("products", "Whole Milk", name)));

    quote_stray_inside_field => [added("products", &[("121,12\" Pizza,1,1", "malformed_row")])];
    quote_text_behind_closing => [added("products", &[("121,\"Pizza\" large,1,1", "malformed_row")])];
    quote_doubled_outside_quotes => [added("products", &[("121,Pizza \"\"large\"\",1,1", "malformed_row")])];
    quote_closed_by_a_later_row => [quarantined(
        Source::clean().with_rows("products", &["121,\"Pizza,1,1", "122,Salt,1,1", "123,\"Oil, Olive\",1,1"]),
        vec![broken("products", "121,\"Pizza,1,1\n122,Salt,1,1\n123,\"Oil, Olive\",1,1", "malformed_row")],
        Source::clean(),
    )];
    quote_every_field => [{
        let source = Source::rendered(|_, _, value| quoted(value));
        normalised(crate::source::TABLES.into_iter().fold(source, |source, table| {
            let names: Vec<String> = header(table).split(',').map(quoted).collect();
            let text = source.text(table).replacen(&header(table), &names.join(","), 1);
            source.with_csv(table, text)
        }))
    }];
    quote_doubled_inside_quotes => [kept(
        "products",
        &[("121,\"\"\"Blue\"\" Cheese\",1,1", &["121", "\"Blue\" Cheese", "1", "1"])],
    )];

    encoding_latin_1 => [
        added_bytes("products", b"121,Cr\xe8me,1,1", "invalid_encoding"),
        added_bytes("aisles", b"41,caf\xe9", "invalid_encoding"),
    ];
    encoding_cut_letter => [added_bytes("products", b"121,Cr\xc3,1,1", "invalid_encoding")];
    encoding_zero_byte => [
        added("products", &[("121,Cr\0me,1,1", "malformed_row")]),
        added("orders", &[("6101,61,prior,1,3,10\0,", "malformed_row")]),
    ];
}

/// The clean source with its numbers written another way.
fn numbers(text: fn(&str) -> String) -> Source {
    Source::rendered(
        |_, column, value| if is_text(column) { quoted_where_needed(value) } else { text(value) },
    )
}
