//! Bad input: each case is a clear error that says what would be right, without a panic and with nothing half published.

use std::{fs, net::TcpListener};

use crate::workbench::{Bench, published, with_stdin};

/// A run over a source that was broken fails, names what is wrong, and publishes nothing.
fn check_source(table: &str, change: impl FnOnce(String) -> String, words: &[&str]) {
    let bench = Bench::new();
    bench.edit(table, change);
    bench.run_pipeline().expect_code(1).expect_stderr(words);
    assert!(!bench.is_published(), "a failed run must not be published");
}

#[test]
fn a_missing_csv_file_is_named() {
    let bench = Bench::new();
    fs::remove_file(bench.path("source").join("orders.csv")).unwrap();
    bench.run_pipeline().expect_code(1).expect_stderr(&["orders"]);
    assert!(!bench.is_published());
}

#[test]
fn a_missing_source_folder_is_named() {
    let bench = Bench::new();
    bench
        .run(&["pipeline", "run", "--source", "/does/not/exist"])
        .expect_code(1)
        .expect_stderr(&["/does/not/exist"]);
    assert!(!bench.is_published());
}

#[test]
fn a_csv_file_that_is_cut_is_named() {
    check_source("orders.csv", |text| text + "361,61,prior,1", &["orders", "is cut"]);
}

#[test]
fn an_empty_csv_file_is_named() {
    check_source("products.csv", |_| String::new(), &["products"]);
}

#[test]
fn an_unknown_column_is_named() {
    let rename = |text: String| text.replacen("order_dow", "day_of_the_week", 1);
    check_source("orders.csv", rename, &["orders", "day_of_the_week"]);
}

#[test]
fn too_many_bad_rows_stop_the_run_before_it_is_published() {
    let add = |mut text: String| {
        for product in 1..=10 {
            text += &format!("{},Nowhere {product},99,1\n", 100 + product);
        }
        text
    };
    check_source("products.csv", add, &["products", "threshold"]);
}

#[test]
fn a_broken_config_key_is_named() {
    let bench = Bench::new();
    let config = bench.path("settings.toml");
    fs::write(&config, "[pipeline]\nsede = 1\n").unwrap();
    let config = config.to_str().unwrap();
    bench.run(&["--config", config, "pipeline", "status"]).expect_code(1).expect_stderr(&["sede"]);
    bench.run(&["--config", "/no/such.toml", "doctor"]).expect_code(1).expect_stderr(&["/no/such.toml"]);
}

#[test]
fn a_bad_log_filter_is_refused() {
    let bench = Bench::new();
    bench.run(&["--log", "server=loud", "pipeline", "status"]).expect_code(1).expect_stderr(&["server=loud"]);
}

#[test]
fn a_missing_model_file_names_the_command_that_brings_it() {
    let mut command = published().command();
    let empty = tempfile::tempdir().unwrap();
    command.env("INSIGHTFLOW__MODELS__FOLDER", empty.path()).args(["index", "build"]);
    with_stdin(&mut command, "").expect_code(1).expect_stderr(&["model.onnx", "insightflow models pull"]);
}

#[test]
fn a_wrong_onnx_runtime_path_is_named() {
    let mut command = published().command();
    command.env("INSIGHTFLOW__MODELS__ONNXRUNTIME", "/no/libonnxruntime.so").args([
        "serve",
        "--listen",
        "127.0.0.1:0",
    ]);
    with_stdin(&mut command, "").expect_code(1).expect_stderr(&["/no/libonnxruntime.so", "onnxruntime"]);
}

#[test]
fn a_busy_port_is_named_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    published().run(&["serve", "--listen", &address]).expect_code(1).expect_stderr(&[&address, "--listen"]);
}

#[test]
fn an_address_that_is_none_is_named() {
    published().run(&["serve", "--listen", "here"]).expect_code(1).expect_stderr(&["here", "127.0.0.1:8080"]);
}

#[test]
fn without_a_key_only_loopback_is_served() {
    let outcome = published().run(&["serve", "--listen", "0.0.0.0:0"]).expect_code(1);
    outcome.expect_stderr(&["INSIGHTFLOW__SERVER__TOKEN_KEY"]);
}

#[test]
fn a_question_before_the_first_run_says_how_to_make_one() {
    let bench = Bench::new();
    bench
        .run(&["ask", "how many orders are there?"])
        .expect_code(1)
        .expect_stderr(&["insightflow pipeline run"]);
    let answer = bench.run(&["ask", "how many orders are there?", "--json"]).expect_code(1).json();
    assert_eq!(
        (answer["status"].as_str(), answer["error"]["code"].as_str()),
        (Some("error"), Some("no_run"))
    );
}

#[test]
fn an_unknown_customer_in_an_analysts_question_is_named() {
    let questions = ["recommend products for customer 999999", "which segment is customer 999999 in?"];
    for question in questions {
        let answer = published().run(&["ask", question, "--json"]).json();
        assert_ne!(answer["status"], "answered", "{answer}");
        let said = format!("{} {}", answer["text"], answer["notes"]);
        assert!(said.contains("999999") && said.contains("is not in the data"), "{answer}");
    }
}

#[test]
fn a_shopper_newer_than_the_run_gets_the_cold_start_and_a_note() {
    let answer =
        published().run(&["ask", "what should I buy?", "--user", "999999", "--json"]).expect_code(0).json();
    assert_eq!(answer["status"], "answered", "{answer}");
    let notes = answer["notes"].as_array().unwrap();
    assert!(notes.iter().any(|note| note["code"] == "cold_start"), "{answer}");
}

#[test]
fn an_empty_question_is_refused() {
    for question in ["", "   \t "] {
        let answer = published().run(&["ask", question, "--json"]).expect_code(1).json();
        assert_eq!(answer["error"]["code"], "message_empty", "{answer}");
    }
    published().run(&["ask", ""]).expect_code(1).expect_stderr(&["empty"]);
}

#[test]
fn a_question_of_a_megabyte_is_refused_with_the_limit() {
    let mut command = published().command();
    command.args(["ask", "-", "--json"]);
    let answer = with_stdin(&mut command, &"milk ".repeat(200_000)).expect_code(1).json();
    assert_eq!(answer["error"]["code"], "message_too_long", "{answer}");
    assert!(answer["error"]["message"].as_str().unwrap().contains("4000"), "{answer}");
}

#[test]
fn wrong_usage_exits_with_2() {
    let bench = Bench::new();
    bench.run(&["ask", "x", "--role", "shopper"]).expect_code(2).expect_stderr(&["give the user id"]);
    bench.run(&["ask", "x", "--role", "guest", "--user", "1"]).expect_code(2);
    bench.run(&["ask"]).expect_code(2);
    bench.run(&["mcp"]).expect_code(2);
}
