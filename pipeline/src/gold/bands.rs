//! Bands of hours, order sizes and numbers of orders, in the words that the tables show and `semantic.toml` declares.
//!
//! A band is its place in the list of its words, so that sums by band need no text.

/// Parts of the day, six hours each, from midnight on.
pub const DAY_PARTS: [&str; 4] = ["night", "morning", "afternoon", "evening"];

/// Sizes of orders that have lines.
pub const SIZE_BANDS: [&str; 3] = ["small", "medium", "large"];

/// A customer's first order, and all others.
pub const ORDER_KINDS: [&str; 2] = ["first", "later"];

/// Customers with exactly one order, and all others.
pub const CUSTOMER_KINDS: [&str; 2] = ["new", "repeat"];

/// How many orders a customer has; written so that text sorts as the numbers do.
pub const ORDERS_BANDS: [&str; 5] = ["01-04", "05-09", "10-19", "20-49", "50+"];

/// Lines of a small order, at most.
const SMALL: u64 = 5;

/// Lines of a medium order, at most.
const MEDIUM: u64 = 15;

/// Hours of a part of the day.
const PART_HOURS: u8 = 6;

/// The place of an hour in [`DAY_PARTS`]; night is 0 to 5, morning 6 to 11, afternoon 12 to 17, evening 18 to 23.
pub fn day_part(hour: u8) -> usize {
    usize::from(hour / PART_HOURS).min(DAY_PARTS.len() - 1)
}

/// The place of an order's number of lines in [`SIZE_BANDS`]; an order without lines has none.
pub fn size_band(lines: u64) -> Option<usize> {
    if lines == 0 {
        None
    } else if lines <= SMALL {
        Some(0)
    } else if lines <= MEDIUM {
        Some(1)
    } else {
        Some(2)
    }
}

/// The place of an order number in [`ORDER_KINDS`].
pub fn order_kind(order_number: u32) -> usize {
    usize::from(order_number > 1)
}

/// The place of a customer's number of orders in [`CUSTOMER_KINDS`].
pub fn customer_kind(orders: u64) -> usize {
    usize::from(orders > 1)
}

/// The place of a customer's number of orders in [`ORDERS_BANDS`].
pub fn orders_band(orders: u64) -> usize {
    match orders {
        ..=4 => 0,
        5..=9 => 1,
        10..=19 => 2,
        20..=49 => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_has_four_parts_of_six_hours() {
        let parts: Vec<&str> = (0..24).map(|hour| DAY_PARTS[day_part(hour)]).collect();
        for (at, expected) in [
            (0, "night"),
            (5, "night"),
            (6, "morning"),
            (11, "morning"),
            (12, "afternoon"),
            (17, "afternoon"),
        ] {
            assert_eq!(parts[at], expected, "{at}");
        }
        assert_eq!((parts[18], parts[23]), ("evening", "evening"));
    }

    #[test]
    fn an_order_is_small_up_to_5_lines_medium_up_to_15_and_large_beyond() {
        let band = |lines| size_band(lines).map(|band| SIZE_BANDS[band]);
        assert_eq!([0, 1, 5].map(band), [None, Some("small"), Some("small")]);
        assert_eq!([6, 15, 16].map(band), [Some("medium"), Some("medium"), Some("large")]);
    }

    #[test]
    fn bands_of_orders_sort_as_the_numbers_do() {
        let bands: Vec<&str> = (1..=60).map(|orders| ORDERS_BANDS[orders_band(orders)]).collect();
        assert!(bands.is_sorted(), "{bands:?}");
        assert_eq!((bands[3], bands[4], bands[8], bands[9]), ("01-04", "05-09", "05-09", "10-19"));
        assert_eq!((bands[18], bands[19], bands[48], bands[49]), ("10-19", "20-49", "20-49", "50+"));
        assert_eq!([1, 2].map(|orders| CUSTOMER_KINDS[customer_kind(orders)]), ["new", "repeat"]);
        assert_eq!([1, 2].map(|number| ORDER_KINDS[order_kind(number)]), ["first", "later"]);
    }
}
