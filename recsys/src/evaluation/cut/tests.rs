use super::*;
use crate::history::HistoriesBuilder;

/// Each customer's baskets in order; an empty one is an order without lines.
fn build(customers: &[&[&[Item]]]) -> Histories {
    let mut builder = HistoriesBuilder::new();
    for (customer, baskets) in customers.iter().enumerate() {
        for (order, basket) in baskets.iter().enumerate() {
            builder.push(customer as u32, (order > 0).then_some(5), 0, 0, basket).unwrap();
        }
    }
    builder.build()
}

fn sample() -> Histories {
    build(&[&[&[1], &[2], &[3], &[]], &[&[4, 5], &[5, 6]], &[&[7]], &[&[]], &[&[1, 2], &[1], &[2], &[1, 9]]])
}

#[test]
fn the_final_target_is_the_last_order_with_lines() {
    let all = sample();
    let cut = Cut::new(&all, Stage::Final, None, 1).unwrap();
    assert_eq!(cut.scored(), [0, 1, 4]);
    assert_eq!([cut.target(0), cut.target(1), cut.target(4)], [&[3][..], &[5, 6], &[1, 9]]);
    assert_eq!(cut.history(0).baskets().collect::<Vec<_>>(), [&[1][..], &[2]]);
    let truth = cut.truth(4);
    assert_eq!((truth.repeated(), truth.new_items(), truth.len()), (&[1][..], &[9][..], 2));
}

#[test]
fn the_development_target_is_the_order_before_and_no_truth_is_in_sight() {
    let all = sample();
    let cut = Cut::new(&all, Stage::Development, None, 1).unwrap();
    assert_eq!(cut.scored(), [0, 4]);
    assert_eq!([cut.target(0), cut.target(4)], [&[2][..], &[2]]);
    let last = Cut::new(&all, Stage::Final, None, 1).unwrap();
    for customer in 0..all.len() {
        let orders = cut.history(customer).len() + usize::from(!cut.target(customer).is_empty());
        assert!(orders <= last.history(customer).len(), "customer {customer} shows its last order");
    }
}

#[test]
fn customers_with_one_order_are_neither_scored_nor_known() {
    let all = sample();
    let cut = Cut::new(&all, Stage::Final, None, 1).unwrap();
    assert_eq!(cut.known_customers().map(|(customer, _)| customer).collect::<Vec<_>>(), [0, 1, 4]);
    assert!(cut.target(2).is_empty() && cut.history(2).is_empty());
    assert!(cut.target(3).is_empty() && cut.history(3).is_empty());
}

#[test]
fn groups_follow_the_last_order() {
    let all = sample();
    let cut = Cut::new(&all, Stage::Final, None, 1).unwrap();
    let members = |group| cut.scored().iter().filter(|c| cut.is_member(**c as usize, group)).count();
    assert_eq!(Group::ALL.map(members), [3, 1, 2]);
    assert!(cut.is_member(0, Group::LastIsTest));
}

#[test]
fn the_draw_is_seeded_and_without_repetition() {
    let baskets: &[&[Item]] = &[&[1], &[2]];
    let all = build(&[baskets; 200]);
    let draw = |seed| Cut::new(&all, Stage::Final, Some(50), seed).unwrap().scored().to_vec();
    let drawn = draw(3);
    assert_eq!(drawn.len(), 50);
    assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(drawn, draw(3));
    assert_ne!(drawn, draw(4));
    let cut = Cut::new(&all, Stage::Final, Some(50), 3).unwrap();
    assert_eq!(
        (cut.eligible(), cut.draw_pool(Some(7), 1).len(), cut.draw_pool(None, 1).len()),
        (200, 7, 200)
    );
}

#[test]
fn scoring_nobody_is_refused() {
    let error = Cut::new(&sample(), Stage::Final, Some(0), 1).unwrap_err().to_string();
    assert_eq!(error, "number of customers to score is 0, it must be at least 1");
}
