//! Questions about other horizons than the usual four weeks, over the small shop.

use super::*;

fn figures(message: &str, arguments: Value) {
    check(message, &analyst(), "query_metrics", arguments);
}

fn within(days: u32, more: &[Value]) -> Value {
    let horizon = json!({"field": "horizon_days", "op": "eq", "values": [days]});
    Value::Array([horizon].into_iter().chain(more.iter().cloned()).collect())
}

fn single(metric: &str, filters: Value) -> Value {
    json!({"metrics": [metric], "dimensions": ["horizon_days"], "filters": filters})
}

#[test]
fn figures_are_those_of_the_horizon_that_is_named() {
    let customer = json!({"field": "user_id", "op": "eq", "values": [42]});
    figures("total expected orders within the next two weeks", single("outlook_orders", within(14, &[])));
    figures("how many orders do we expect in the next 7 days?", single("outlook_orders", within(7, &[])));
    figures("how many orders do you expect in the next 2 weeks", single("outlook_orders", within(14, &[])));
    figures("how many orders are forecast for the coming week", single("outlook_orders", within(7, &[])));
    figures(
        "what's the chance that client 42 does NOT order in the next 7 days",
        single("outlook_risk", within(7, std::slice::from_ref(&customer))),
    );
    figures(
        "how likely is customer 42 to come back within a fortnight",
        single("outlook_return", within(14, &[customer])),
    );
    figures(
        "churn risk within 14 days by segment",
        json!({"metrics": ["outlook_risk"], "dimensions": ["segment_name"], "filters": within(14, &[])}),
    );
}

#[test]
fn several_horizons_are_a_row_each() {
    let each = |metric: &str, days: &[u32]| {
        let listed = json!([{"field": "horizon_days", "op": "in", "values": days}]);
        tidy(json!({"metrics": [metric], "dimensions": ["horizon_days"],
            "filters": if days.is_empty() { json!([]) } else { listed }}))
    };
    figures(
        "Total expected orders for each of the horizons 7, 14 and 28 days",
        each("outlook_orders", &[7, 14, 28]),
    );
    figures(
        "how does the average probability of no order shrink with the horizon? 7, 14, 28, 60 days",
        each("outlook_risk", &[7, 14, 28, 60]),
    );
    figures(
        "mean probability of no order at the 7 day horizon and at the 14 day horizon",
        each("outlook_risk", &[7, 14]),
    );
    figures("churn risk by horizon", each("outlook_risk", &[]));
}

#[test]
fn the_usual_horizon_is_left_to_the_figures_of_customers() {
    figures("how many orders do we expect in the next 28 days?", json!({"metrics": ["expected_orders"]}));
    figures("average churn risk", json!({"metrics": ["avg_churn_risk"]}));
}

#[test]
fn a_horizon_between_the_published_ones_is_asked_back_and_one_beyond_them_refused() {
    assert_eq!(status("expected orders within three weeks", &analyst()).0, Status::Clarify);
    let message = "expected orders in the next 10 days by segment";
    let Decision::Finish(draft) = planned(message, &analyst()).decision else { panic!("{message}") };
    assert_eq!(draft.status, Status::Clarify);
    let options = draft.clarify.unwrap().options;
    assert_eq!(options.len(), 3, "those that the gaps between orders bear out");
    for option in options {
        let (tool, _) = call(&planned(&option.question, &analyst()), &option.question);
        assert_eq!(tool, "query_metrics", "{}", option.question);
    }
    let refused = (Status::Refused, "outside_data".to_owned());
    assert_eq!(status("chance that customer 42 does not order in the next 45 days", &analyst()), refused);
    assert_eq!(status("churn risk over the next 3 months", &analyst()), refused);
}
