//! Whole files: line ends, marks, headers, formats, cuts; and damage to every row of a table.

use std::{fs, sync::Arc};

use arrow::array::StringArray;

use crate::{
    damage::{Damage, Place, broken, failed, header, normalised, quarantined},
    parquet_file::{ParquetColumn, clean_columns, float_columns, no_rows, parquet},
    source::{CLEAN, Entry, Source, TABLES, columns, gz, quoted, quoted_where_needed},
};

const MARK: &[u8] = b"\xef\xbb\xbf";

damages! {
    file_byte_order_mark => [normalised(Source::clean().each(|bytes| [MARK, bytes].concat()))];
    file_crlf => [normalised(Source::clean().each(|bytes| replaced(bytes, "\n", "\r\n")))];
    file_no_final_line_break => [normalised(Source::clean().each(|bytes| bytes[..bytes.len() - 1].to_vec()))];
    file_blank_lines => ["\n\n", "\n\n\n\n", "\r\n\r\n"]
        .map(|breaks| normalised(Source::clean().each(|bytes| replaced(bytes, "\n", breaks))));
    file_lines_of_blanks => [normalised(Source::clean().each(|bytes| replaced(bytes, "\n", "\n  \t\n")))];
    file_columns_reordered => [normalised(reordered())];
    file_header_spelling => [normalised(respelt())];
    file_gz => [
        normalised(every_table("csv.gz", |table| gz(Source::clean().csv(table)))),
        normalised(every_table("csv.gz", |table| {
            let source = Source::clean();
            let (left, right) = source.csv(table).split_at(30);
            [gz(left), gz(right)].concat()
        })),
    ];
    file_parquet => [
        normalised(every_table("parquet", |table| parquet(clean_columns(table)))),
        normalised(every_table("parquet", |table| parquet(float_columns(table)))),
        normalised(every_table("parquet", |table| {
            let columns = clean_columns(table).into_iter().rev();
            parquet(columns.map(|(name, array)| (name.to_uppercase(), array)).collect())
        })),
    ];
    file_parquet_broken_value => [{
        let mut rows: Vec<[&str; 2]> = CLEAN["aisles"].iter().map(|row| [row[0].as_str(), &row[1]]).collect();
        rows.push(["milk", "new"]);
        let column = |at: usize| Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row[at])));
        let file = parquet(vec![("aisle_id".to_owned(), column(0)), ("aisle".to_owned(), column(1))]);
        let broken = broken("aisles", "milk,new", "invalid_aisle_id");
        quarantined(Source::clean().instead("aisles", "parquet", file), vec![broken], Source::clean())
    }];

    file_several => [normalised({
        let source = Source::clean();
        let (header, rows) = source.text("orders").split_once('\n').map(owned).expect("a header");
        let (left, right) = rows.split_at(rows.find("\n3001,").expect("customer 30") + 1);
        source
            .without("orders")
            .with_entry("orders/part-1.csv", Entry::Bytes(format!("{header}\n{}", left.trim_end()).into_bytes()))
            .with_entry("orders/part-2.csv.gz", Entry::Bytes(gz(format!("{header}\n{right}").as_bytes())))
            .without("aisles")
            .with_entry("aisles/a.parquet", Entry::Bytes(parquet(rows_of("aisles", 0, 10))))
            .with_entry("aisles/b.parquet", Entry::Bytes(parquet(rows_of("aisles", 10, 30))))
    })];
    file_bare_carriage_returns => ["aisles", "orders"].map(|table| {
        unreadable(table, "csv", replaced(Source::clean().csv(table), "\n", "\r"))
    });
    file_utf_16 => [
        unreadable("aisles", "csv", utf_16(true, u16::to_le_bytes)),
        unreadable("aisles", "csv", utf_16(true, u16::to_be_bytes)),
        unreadable("aisles", "csv", utf_16(false, u16::to_le_bytes)),
        unreadable("aisles", "csv", utf_16(false, u16::to_be_bytes)),
    ];
    file_header_no_text => [unreadable("aisles", "csv", b"aisle_id,all\xe9e\n1,milk\n".to_vec())];
    file_other_format_inside => [
        unreadable("aisles", "csv", gz(Source::clean().csv("aisles"))),
        unreadable("aisles", "csv", b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0xl/workbook.xml\n\0\x01".to_vec()),
        unreadable("aisles", "csv", parquet(clean_columns("aisles"))),
    ];
    file_is_a_folder => ["csv", "csv.gz", "parquet"].map(|ending| {
        let file = format!("aisles.{ending}");
        let source = Source::clean().without("aisles").with_entry(&file, Entry::Folder);
        failed(source, "unreadable_file", &file)
    });
    file_may_not_be_read => not_allowed();
    file_gz_that_is_none => [unreadable("aisles", "csv.gz", Source::clean().csv("aisles").to_vec())];
    file_gz_damaged => [{
        let mut bytes = gz(Source::clean().csv("orders"));
        let check_sum = bytes.len() - 8;
        bytes[check_sum] ^= 1;
        unreadable("orders", "csv.gz", bytes)
    }];
    file_parquet_that_is_none => [unreadable("aisles", "parquet", Source::clean().csv("aisles").to_vec())];
    file_parquet_cut => [unreadable("orders", "parquet", half(parquet(clean_columns("orders"))))];

    file_empty => [&b""[..], b"\n\n\r\n", MARK]
        .map(|bytes| failed(Source::clean().with_csv("aisles", bytes), "empty_file", "aisles"));
    file_header_only => [
        failed(Source::clean().with_csv("aisles", "aisle_id,aisle\n\n"), "empty_file", "aisles.csv"),
        failed(Source::clean().with_csv("aisles", "aisle_id,aisle"), "empty_file", "aisles.csv"),
        failed(Source::clean().instead("aisles", "csv.gz", gz(b"aisle_id,aisle\n")), "empty_file", "aisles.csv.gz"),
        failed(
            Source::clean().instead("aisles", "parquet", parquet(no_rows(clean_columns("aisles")))),
            "empty_file",
            "aisles.parquet",
        ),
    ];
    file_first_line_blank => ["\n", "\r\n"].map(|line| {
        unreadable("aisles", "csv", [line.as_bytes(), Source::clean().csv("aisles")].concat())
    });
    file_twice => [failed(
        Source::clean().with_entry("aisles.csv.gz", Entry::Bytes(gz(Source::clean().csv("aisles")))),
        "repeated_file",
        "aisles.csv.gz",
    )];
    file_missing => TABLES.map(|table| failed(Source::clean().without(table), "missing_file", table));
    file_format_unknown => ["xlsx", "json", "csv.zip", "csv.zst"].map(|ending| {
        failed(Source::clean().instead("aisles", ending, "?"), "unsupported_format", &format!("aisles.{ending}"))
    });
    file_column_missing => [
        failed(Source::clean().with_csv("departments", "department_id\n1\n"), "missing_column", "departments.csv"),
        failed(
            Source::clean().instead("aisles", "parquet", parquet(clean_columns("aisles")[..1].to_vec())),
            "missing_column",
            "aisles.parquet",
        ),
    ];
    file_column_unknown => [
        other_header("aisles", "aisle_id,corridor", "unknown_column"),
        other_header("aisles", "aisle_id,aisle,", "unknown_column"),
        failed(
            Source::clean().instead("aisles", "parquet", {
                let mut columns = clean_columns("aisles");
                let colour = columns[1].1.clone();
                columns.push(("colour".to_owned(), colour));
                parquet(columns)
            }),
            "unknown_column",
            "aisles.parquet",
        ),
    ];
    file_column_repeated => [
        other_header("aisles", "aisle_id,aisle,Aisle", "repeated_column"),
        other_header("orders", &(header("orders") + ",days_since_prior"), "repeated_column"),
    ];
    file_no_header => [failed(
        Source::clean().with_replaced("aisles", "aisle_id,aisle\n", ""),
        "unknown_column",
        "aisles.csv",
    )];
    file_semicolons => [";", "\t"].map(|separator| {
        let source = Source::clean();
        let text = source.text("orders").replace(',', separator);
        failed(source.with_csv("orders", text), "unknown_column", "orders.csv")
    });
    file_trailing_comma_everywhere => [failed(
        Source::clean().each(|bytes| replaced(bytes, "\n", ",\n")),
        "unknown_column",
        ".csv",
    )];

    file_quote_never_closed => ["121,\"Pizza,1,1\n", "121,\"Pizza", "121,New,1,\""].map(|row| {
        let source = Source::clean();
        let text = source.text("products") + row;
        failed(source.with_csv("products", text), "unclosed_quote", "products.csv")
    });
    file_quote_beyond_1_mib => ["121,\"{}\",1,1", "121,\"{},1,1"]
        .map(|row| huge_record(&row.replace("{}", &"x\n".repeat(1 << 20)), "unclosed_quote"));
    file_record_beyond_1_mib => [
        huge_record(&format!("121,{},1,1", "x".repeat(2 << 20)), "oversized_record"),
        huge_record(&",".repeat(2 << 20), "oversized_record"),
        huge_record(&format!("121,{}\"{},1,1", "x".repeat(1 << 20), "x".repeat(1 << 20)), "oversized_record"),
    ];
    file_cut_in_last_row => TABLES.map(|table| {
        let source = Source::clean();
        let bytes = source.csv(table);
        let end = bytes.iter().rposition(|byte| *byte == b',').expect("a comma");
        let cut = bytes[..end].to_vec();
        failed(source.with_csv(table, cut), "truncated_file", &format!("{table}.csv"))
    });
    file_gz_cut => [failed(
        Source::clean().instead("orders", "csv.gz", half(gz(Source::clean().csv("orders")))),
        "truncated_file",
        "orders.csv.gz",
    )];
    file_of_several_cut => [{
        let source = Source::clean();
        let text = source.text("aisles");
        let cut = text.as_bytes()[..text.len() - ",aisle 40\n".len()].to_vec();
        let source = source
            .without("aisles")
            .with_entry("aisles/a.csv", Entry::Bytes(cut))
            .with_entry("aisles/b.csv", Entry::Bytes(b"aisle_id,aisle\n41,new\n".to_vec()));
        failed(source, "truncated_file", "aisles")
    }];
    file_cut_behind_last_comma => [{
        let table = "order_products__prior";
        let source = Source::clean();
        let text = source.text(table) + "101,115,9,";
        let broken = broken(table, "101,115,9,", "invalid_reordered");
        quarantined(source.with_csv(table, text), vec![broken], Source::clean())
    }];

    all_rows_swapped => [{
        let source = Source::clean();
        let rows = CLEAN["orders"].iter().map(|row| {
            let mut row = row.clone();
            row.swap(4, 5);
            row.join(",") + "\n"
        });
        let text = header("orders") + "\n" + &rows.collect::<String>();
        failed(source.with_csv("orders", text), "threshold_exceeded", "table orders: rule invalid_order_dow")
    }];
    all_rows_trailing_comma => [{
        let source = Source::clean();
        let text = source.text("products").replace('\n', ",\n").replacen(",\n", "\n", 1);
        failed(source.with_csv("products", text), "threshold_exceeded", "table products: rule malformed_row")
    }];
    all_rows_of_a_rule => [{
        let table = "order_products__prior";
        let source = Source::rendered(|of, column, value| match column {
            "product_id" if of == table && value.ends_with(['1', '2', '3', '4']) => format!("9{value}00"),
            _ => quoted_where_needed(value),
        });
        failed(source, "threshold_exceeded", "table order_lines: rule unknown_product")
    }];
    nothing_left_of_a_table =>
        [failed(Source::clean().with_csv("aisles", "aisle_id,aisle\nx,a\n,b\n"), "nothing_left", "aisles")
            .with_threshold(1.0)];
    source_missing => [Place::Missing, Place::File]
        .map(|place| failed(Source::clean(), "no_source", "shop").at(place));
}

fn unreadable(table: &str, ending: &str, bytes: Vec<u8>) -> Damage {
    let source = Source::clean().instead(table, ending, bytes);
    failed(source, "unreadable_file", &format!("{table}.{ending}"))
}

fn other_header(table: &str, names: &str, code: &'static str) -> Damage {
    let source = Source::clean().with_replaced(table, &(header(table) + "\n"), &format!("{names}\n"));
    failed(source, code, &format!("{table}.csv"))
}

fn huge_record(row: &str, code: &'static str) -> Damage {
    failed(Source::clean().with_rows("products", &[row]), code, "products.csv")
}

fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    String::from_utf8(bytes.to_vec()).expect("text").replace(from, to).into_bytes()
}

fn owned((left, right): (&str, &str)) -> (String, String) {
    (left.to_owned(), right.to_owned())
}

/// Some rows of a clean table.
fn rows_of(table: &str, first: usize, count: usize) -> Vec<ParquetColumn> {
    clean_columns(table).into_iter().map(|(name, array)| (name, array.slice(first, count))).collect()
}

fn half(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() / 2);
    bytes
}

fn utf_16(mark: bool, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let text = Source::clean().text("aisles");
    let mark = mark.then_some(0xfeff);
    mark.into_iter().chain(text.encode_utf16()).flat_map(order).collect()
}

fn every_table(ending: &str, bytes: impl Fn(&str) -> Vec<u8>) -> Source {
    TABLES.into_iter().fold(Source::clean(), |source, table| source.instead(table, ending, bytes(table)))
}

/// Every table with its columns from last to first.
fn reordered() -> Source {
    TABLES.into_iter().fold(Source::clean(), |source, table| {
        let names = columns(table).iter().rev().copied().collect::<Vec<_>>().join(",");
        let rows = CLEAN[table].iter().map(|row| {
            let values: Vec<String> = row.iter().rev().map(|value| quoted_where_needed(value)).collect();
            values.join(",") + "\n"
        });
        let text = names + "\n" + &rows.collect::<String>();
        source.with_csv(table, text)
    })
}

/// Every header in other spellings.
fn respelt() -> Source {
    TABLES.into_iter().fold(Source::clean(), |source, table| {
        let names: Vec<String> = columns(table)
            .iter()
            .map(|name| match *name {
                "days_since_prior_order" => quoted(" Days_Since_Prior"),
                name if name.ends_with("_id") => format!("  {} ", name.to_uppercase()),
                name => quoted(&name.to_uppercase()),
            })
            .collect();
        let text = source.text(table).replacen(&header(table), &names.join(","), 1);
        source.with_csv(table, text)
    })
}

/// A socket may be opened by nobody; a file without rights may be opened by the superuser, who is left out of it.
fn not_allowed() -> Vec<Damage> {
    let entry =
        |entry| failed(Source::clean().with_entry("aisles.csv", entry), "unreadable_file", "aisles.csv");
    let mut damages = vec![entry(Entry::Socket)];
    let probe = tempfile::tempdir().expect("a temporary folder");
    let locked = Source { files: [("aisles.csv".to_owned(), Entry::Locked)].into() };
    locked.write(probe.path()).expect("a file");
    if fs::read(probe.path().join("aisles.csv")).is_err() {
        damages.push(entry(Entry::Locked));
    }
    damages
}
