//! What every customer has bought, order by order, packed for one pass over all of them.
//!
//! ```text
//! silver orders and lines ─> HistoriesBuilder ─> Histories ─┬─> baselines, next basket (training, evaluation)
//!                                                           └─> History of one customer (a request)
//! ```
//! Only orders with lines are kept; the days of an order without lines (a test order) are added to the gap of the next
//! one. Products are positions in a [`Catalogue`], so counts are arrays and not maps.
//! Memory: 4 bytes a line, 12 bytes an order. The full Instacart data (33.8 M lines) takes 180 MB.

use crate::RecsysError;

/// Position of a product in a [`Catalogue`].
pub type Item = u32;

/// Adds up the parts of each product; ascending. Stable, so the parts of a sum are always added in the order given.
pub(crate) fn sum_by_item(mut parts: Vec<(Item, f32)>) -> Vec<(Item, f32)> {
    parts.sort_by_key(|part| part.0);
    parts.dedup_by(|next, kept| {
        let is_same = next.0 == kept.0;
        if is_same {
            kept.1 += next.1;
        }
        is_same
    });
    parts
}

/// Products with where they stand in the shop.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// Ascending.
    product_ids: Vec<u32>,
    aisles: Vec<u32>,
    departments: Vec<u32>,
}

impl Catalogue {
    /// From `(product_id, aisle_id, department_id)` in any order; an id that comes twice is refused.
    pub fn new(mut products: Vec<(u32, u32, u32)>) -> Result<Self, RecsysError> {
        products.sort_unstable();
        if let Some(pair) = products.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(RecsysError::DuplicateId { what: "products", id: pair[0].0 });
        }
        Ok(Self {
            product_ids: products.iter().map(|p| p.0).collect(),
            aisles: products.iter().map(|p| p.1).collect(),
            departments: products.iter().map(|p| p.2).collect(),
        })
    }

    /// How many products there are.
    pub fn len(&self) -> usize {
        self.product_ids.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.product_ids.is_empty()
    }

    /// Where a product stands.
    pub fn item(&self, product_id: u32) -> Option<Item> {
        self.product_ids.binary_search(&product_id).ok().map(|position| position as Item)
    }

    /// The id of the product at a position.
    pub fn product_id(&self, item: Item) -> u32 {
        self.product_ids[item as usize]
    }

    /// Its aisle.
    pub fn aisle(&self, item: Item) -> u32 {
        self.aisles[item as usize]
    }

    /// Its department.
    pub fn department(&self, item: Item) -> u32 {
        self.departments[item as usize]
    }
}

/// When an order was placed, as far as the data says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Days since the customer's first order; a gap of 30 means "30 or more" and counts 30.
    pub day: u16,
    /// Days since the order before; `None` on a first order.
    pub gap_days: Option<u8>,
    /// Day of the week, 0 to 6; the data does not say which one 0 is.
    pub weekday: u8,
    /// Hour of the day, 0 to 23.
    pub hour: u8,
}

/// One customer's orders with lines, oldest first; borrowed.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    moments: &'a [Moment],
    /// One more than there are orders; positions in `items`.
    line_ends: &'a [u32],
    items: &'a [Item],
    first_line: u32,
}

impl<'a> History<'a> {
    /// Orders.
    pub fn len(&self) -> usize {
        self.moments.len()
    }

    /// Whether there is no order.
    pub fn is_empty(&self) -> bool {
        self.moments.is_empty()
    }

    /// When each order was placed.
    pub fn moments(&self) -> &'a [Moment] {
        self.moments
    }

    /// The products of an order, in the order they were put into the cart.
    pub fn basket(&self, order: usize) -> &'a [Item] {
        let start = if order == 0 { self.first_line } else { self.line_ends[order - 1] };
        &self.items[start as usize..self.line_ends[order] as usize]
    }

    /// All baskets, oldest first.
    pub fn baskets(&self) -> impl DoubleEndedIterator<Item = &'a [Item]> + ExactSizeIterator {
        let history = *self;
        (0..history.len()).map(move |order| history.basket(order))
    }

    /// The first `orders` orders.
    pub fn first(&self, orders: usize) -> Self {
        let kept = orders.min(self.len());
        Self { moments: &self.moments[..kept], line_ends: &self.line_ends[..kept], ..*self }
    }

    /// The last `orders` orders.
    pub fn last(&self, orders: usize) -> Self {
        let skipped = self.len().saturating_sub(orders);
        let first_line = if skipped == 0 { self.first_line } else { self.line_ends[skipped - 1] };
        Self { moments: &self.moments[skipped..], line_ends: &self.line_ends[skipped..], first_line, ..*self }
    }
}

/// One customer's orders, owned: what a request reads of the published histories.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnHistory {
    moments: Vec<Moment>,
    line_ends: Vec<u32>,
    items: Vec<Item>,
}

impl OwnHistory {
    /// Adds an order behind those there are; one without products only adds its days to the next gap.
    pub fn push(&mut self, moment: Moment, basket: &[Item]) {
        self.items.extend_from_slice(basket);
        self.moments.push(moment);
        self.line_ends.push(self.items.len() as u32);
    }

    /// The history.
    pub fn view(&self) -> History<'_> {
        History { moments: &self.moments, line_ends: &self.line_ends, items: &self.items, first_line: 0 }
    }
}

/// All customers' orders with lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histories {
    /// Ascending.
    user_ids: Vec<u32>,
    /// End of each customer's orders in `moments` and `line_ends`.
    order_ends: Vec<u32>,
    /// Whether the customer's last order has no lines.
    last_is_open: Vec<bool>,
    moments: Vec<Moment>,
    line_ends: Vec<u32>,
    items: Vec<Item>,
}

impl Histories {
    /// Customers.
    pub fn len(&self) -> usize {
        self.user_ids.len()
    }

    /// Whether there is no customer.
    pub fn is_empty(&self) -> bool {
        self.user_ids.is_empty()
    }

    /// Ids of the customers, ascending; a customer's position here is its number everywhere else.
    pub fn user_ids(&self) -> &[u32] {
        &self.user_ids
    }

    /// A customer's number.
    pub fn position(&self, user_id: u32) -> Option<usize> {
        self.user_ids.binary_search(&user_id).ok()
    }

    /// The orders of the customer at that position.
    pub fn of(&self, customer: usize) -> History<'_> {
        let start = if customer == 0 { 0 } else { self.order_ends[customer - 1] as usize };
        let end = self.order_ends[customer] as usize;
        let first_line = if start == 0 { 0 } else { self.line_ends[start - 1] };
        History {
            moments: &self.moments[start..end],
            line_ends: &self.line_ends[start..end],
            items: &self.items,
            first_line,
        }
    }

    /// Whether the customer's last order has no lines yet (a `test` order).
    pub fn last_is_open(&self, customer: usize) -> bool {
        self.last_is_open[customer]
    }

    /// All customers in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = History<'_>> {
        (0..self.len()).map(|customer| self.of(customer))
    }

    /// Lines of all customers.
    pub fn line_count(&self) -> usize {
        self.items.len()
    }
}

/// Collects orders in the order of customers and of their order numbers.
#[derive(Debug, Default)]
pub struct HistoriesBuilder {
    built: Histories,
    /// Day of the order at hand since the customer's first, and days since the last order with lines.
    day: u16,
    waiting_days: u16,
    /// Whether the customer at hand had an order before.
    is_known: bool,
}

impl HistoriesBuilder {
    /// An empty builder.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next order of a customer: customers ascending, each one's orders by number, `basket` in cart order.
    pub fn push(
        &mut self,
        user_id: u32,
        gap_days: Option<u8>,
        weekday: u8,
        hour: u8,
        basket: &[Item],
    ) -> Result<(), RecsysError> {
        let built = &mut self.built;
        match built.user_ids.last() {
            Some(last) if *last == user_id => {}
            Some(last) if *last > user_id => {
                return Err(RecsysError::NotAscending { what: "user_id", before: *last, found: user_id });
            }
            _ => {
                built.user_ids.push(user_id);
                built.order_ends.push(built.moments.len() as u32);
                built.last_is_open.push(false);
                (self.day, self.waiting_days, self.is_known) = (0, 0, false);
            }
        }
        let gap = if self.is_known { u16::from(gap_days.unwrap_or(0)) } else { 0 };
        self.day = self.day.saturating_add(gap);
        self.waiting_days = self.waiting_days.saturating_add(gap);
        if let Some(open) = built.last_is_open.last_mut() {
            *open = basket.is_empty();
        }
        if !basket.is_empty() {
            let gap_days = self.is_known.then(|| u8::try_from(self.waiting_days).unwrap_or(u8::MAX));
            built.moments.push(Moment { day: self.day, gap_days, weekday, hour });
            built.items.extend_from_slice(basket);
            let end = u32::try_from(built.items.len())
                .map_err(|_| RecsysError::TooMany { what: "lines", limit: u32::MAX as usize })?;
            built.line_ends.push(end);
            self.waiting_days = 0;
            if let Some(end) = built.order_ends.last_mut() {
                *end = built.moments.len() as u32;
            }
        }
        self.is_known = true;
        Ok(())
    }

    /// All that was pushed. Customers without any order with lines are there with an empty history.
    pub fn build(mut self) -> Histories {
        self.built.items.shrink_to_fit();
        self.built.moments.shrink_to_fit();
        self.built
    }
}

#[cfg(test)]
mod tests;
