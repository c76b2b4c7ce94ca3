use super::*;

fn build(orders: &[(u32, Option<u8>, &[Item])]) -> Histories {
    let mut builder = HistoriesBuilder::new();
    for (user_id, gap, basket) in orders {
        builder.push(*user_id, *gap, 1, 2, basket).unwrap();
    }
    builder.build()
}

#[test]
fn orders_come_back_as_they_were_pushed() {
    let all = build(&[(3, None, &[5, 1]), (3, Some(7), &[1]), (8, None, &[2]), (8, Some(30), &[4, 0, 2])]);
    assert_eq!(all.user_ids(), [3, 8]);
    assert_eq!(all.of(0).baskets().collect::<Vec<_>>(), [&[5, 1][..], &[1]]);
    assert_eq!(all.of(1).baskets().collect::<Vec<_>>(), [&[2][..], &[4, 0, 2]]);
    assert_eq!(all.of(1).moments()[1], Moment { day: 30, gap_days: Some(30), weekday: 1, hour: 2 });
    assert_eq!((all.position(8), all.position(4), all.line_count()), (Some(1), None, 7));
}

#[test]
fn days_of_an_order_without_lines_go_to_the_next_gap() {
    let all =
        build(&[(1, None, &[1]), (1, Some(4), &[]), (1, Some(5), &[2]), (2, None, &[1]), (2, Some(3), &[])]);
    assert_eq!(all.of(0).moments()[1].gap_days, Some(9));
    assert_eq!((all.last_is_open(0), all.last_is_open(1)), (false, true));
    assert_eq!(all.of(1).len(), 1);
}

#[test]
fn a_customer_without_lines_has_an_empty_history() {
    let all = build(&[(1, None, &[]), (2, None, &[7])]);
    assert!(all.of(0).is_empty());
    assert_eq!(all.of(1).basket(0), [7]);
}

#[test]
fn the_first_and_the_last_orders_are_cut_out() {
    let all = build(&[(1, None, &[9]), (2, None, &[1]), (2, Some(1), &[2, 3]), (2, Some(1), &[4])]);
    let history = all.of(1);
    assert_eq!(history.first(2).baskets().collect::<Vec<_>>(), [&[1][..], &[2, 3]]);
    assert_eq!(history.last(2).baskets().collect::<Vec<_>>(), [&[2, 3][..], &[4]]);
    assert_eq!(history.first(2).last(1).basket(0), [2, 3]);
    assert_eq!((history.first(9).len(), history.last(9).len(), history.first(0).len()), (3, 3, 0));
}

#[test]
fn customers_out_of_order_are_refused() {
    let mut builder = HistoriesBuilder::new();
    builder.push(2, None, 0, 0, &[1]).unwrap();
    let error = builder.push(1, None, 0, 0, &[1]).unwrap_err();
    assert_eq!(error, RecsysError::NotAscending { what: "user_id", before: 2, found: 1 });
}

#[test]
fn a_catalogue_finds_products_by_id() {
    let catalogue = Catalogue::new(vec![(30, 2, 1), (10, 4, 3)]).unwrap();
    assert_eq!((catalogue.item(30), catalogue.item(11)), (Some(1), None));
    assert_eq!((catalogue.product_id(0), catalogue.aisle(0), catalogue.department(1)), (10, 4, 1));
    assert!(Catalogue::new(vec![(1, 1, 1), (1, 2, 2)]).is_err());
}
