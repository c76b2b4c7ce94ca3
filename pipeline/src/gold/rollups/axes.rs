//! The dimensions that rollups are grouped by, each with its values numbered through.
//!
//! Input: an order, the segment of its customer, the place of a product. Output: the number of the value, and back, the
//! value of a number as a column is written: a number, a text, or null.

use std::{fs::File, sync::Arc};

use arrow::{
    array::{ArrayRef, Int64Array, StringArray},
    datatypes::DataType,
};
use domain::attributes::{Attribute, attributes_in_own_words};
use parquet::file::{metadata::ParquetMetaDataReader, statistics::Statistics};

use crate::{
    context::StageContext,
    error::{PipelineError, io_error},
    gold::{
        bands::{DAY_PARTS, ORDER_KINDS, SIZE_BANDS, day_part, order_kind, size_band},
        customers::{OrderRow, shard_count},
        products::Products,
    },
    table_writer::part_path,
};

/// Which segment each customer is in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Segments {
    /// By number of the segment.
    pub names: Vec<String>,
    /// The customers with the number of their segment, in order of customer.
    pub of_customers: Vec<(u32, u32)>,
}

impl Segments {
    /// The number of a customer's segment.
    pub fn of(&self, user_id: u32) -> Option<u32> {
        let at = self.of_customers.binary_search_by_key(&user_id, |(user_id, _)| *user_id).ok()?;
        self.of_customers.get(at).map(|(_, segment)| *segment)
    }

    /// The place of a customer's segment among all groups of segments, the last of which is for none.
    pub(super) fn place_of(&self, user_id: u32) -> usize {
        let none = self.names.len();
        self.of(user_id).map_or(none, |segment| (segment as usize).min(none))
    }
}

/// What the values of dimensions are numbered by.
pub(super) struct Numbering {
    pub(super) products: Products,
    pub(super) segments: Segments,
    /// Aisles and departments by place of the product, and their ids by number.
    aisles: Vec<u32>,
    departments: Vec<u32>,
    aisle_ids: Vec<u32>,
    department_ids: Vec<u32>,
    /// The attributes of each product, a bit each.
    attributes: Vec<u32>,
    highest_order_number: usize,
}

impl Numbering {
    pub(super) fn read(context: &StageContext, segments: Segments) -> Result<Self, PipelineError> {
        let products = Products::read(context)?;
        let numbered = |id: &dyn Fn(usize) -> u32| {
            let mut ids: Vec<u32> = (0..products.rows().len()).map(id).collect();
            let each = ids.clone();
            ids.sort_unstable();
            ids.dedup();
            let number = |id: &u32| ids.binary_search(id).unwrap_or_default() as u32;
            let numbers: Vec<u32> = each.iter().map(number).collect();
            (numbers, ids)
        };
        let rows = products.rows();
        let (aisles, aisle_ids) = numbered(&|place| rows.get(place).map_or(0, |product| product.aisle_id));
        let (departments, department_ids) =
            numbered(&|place| rows.get(place).map_or(0, |product| product.department_id));
        let bits = |name: &str| {
            attributes_in_own_words(name).into_iter().fold(0, |bits, attribute| bits | 1 << attribute as u32)
        };
        let attributes = rows.iter().map(|product| bits(&product.product_name)).collect();
        let highest_order_number = highest_order_number(context)?;
        Ok(Self {
            aisles,
            departments,
            aisle_ids,
            department_ids,
            attributes,
            highest_order_number,
            segments,
            products,
        })
    }
}

/// The highest order number of any customer, from the footers of silver.
fn highest_order_number(context: &StageContext) -> Result<usize, PipelineError> {
    let folder = context.paths().silver("orders");
    let mut highest = 0;
    for shard in 0..shard_count(context) {
        let path = part_path(&folder, shard);
        let file = File::open(&path).map_err(io_error("read", &path))?;
        let footer = ParquetMetaDataReader::new().parse_and_finish(&file)?;
        let columns = footer.row_groups().iter().flat_map(|group| group.columns());
        for column in columns.filter(|column| column.column_path().string() == "order_number") {
            if let Some(Statistics::Int64(statistics)) = column.statistics() {
                highest = highest.max(statistics.max_opt().copied().unwrap_or_default());
            }
        }
    }
    Ok(usize::try_from(highest).unwrap_or_default())
}

/// An order, and what is known of its customer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed<'a> {
    pub(super) order: &'a OrderRow,
    /// The place of the customer's segment.
    pub(super) segment: usize,
}

/// A dimension whose values can be numbered through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Product,
    Aisle,
    Department,
    Attribute(Attribute),
    Dow,
    Hour,
    DayPart,
    OrderKind,
    SizeBand,
    OrderNumber,
    Segment,
    /// Its values are not known in advance: it stands first, and the groups grow with it.
    OrderSize,
}

/// The dimensions by name; beside them stand the attributes of products.
const NAMED: [(&str, Axis); 11] = [
    ("product_id", Axis::Product),
    ("aisle_id", Axis::Aisle),
    ("department_id", Axis::Department),
    ("order_dow", Axis::Dow),
    ("order_hour_of_day", Axis::Hour),
    ("day_part", Axis::DayPart),
    ("order_kind", Axis::OrderKind),
    ("size_band", Axis::SizeBand),
    ("order_number", Axis::OrderNumber),
    ("segment_name", Axis::Segment),
    ("order_size", Axis::OrderSize),
];

impl Axis {
    /// By the name of the dimension.
    pub(super) fn named(name: &str) -> Option<Self> {
        let known = NAMED.iter().find(|(known, _)| *known == name).map(|(_, axis)| *axis);
        known.or_else(|| Attribute::ALL.into_iter().find(|a| a.code() == name).map(Self::Attribute))
    }

    /// The names that there are, for a message.
    pub(super) fn names() -> String {
        let names: Vec<&str> = NAMED.iter().map(|(name, _)| *name).collect();
        format!("{} and attributes of products such as organic", names.join(", "))
    }

    /// Whether all lines of an order have the same value.
    pub(super) fn is_of_order(self) -> bool {
        !matches!(self, Self::Product | Self::Aisle | Self::Department | Self::Attribute(_))
    }

    /// Whether its values are not known in advance.
    pub(super) fn is_open(self) -> bool {
        self == Self::OrderSize
    }

    /// How many numbers there are; 1 where they are not known in advance.
    pub(super) fn size(self, numbering: &Numbering) -> usize {
        match self {
            Self::Product => numbering.products.rows().len(),
            Self::Aisle => numbering.aisle_ids.len(),
            Self::Department => numbering.department_ids.len(),
            Self::Attribute(_) => 2,
            Self::Dow => 7,
            Self::Hour => 24,
            Self::DayPart => DAY_PARTS.len(),
            Self::OrderKind => ORDER_KINDS.len(),
            // The last is for orders without lines.
            Self::SizeBand => SIZE_BANDS.len() + 1,
            Self::OrderNumber => numbering.highest_order_number + 1,
            Self::Segment => numbering.segments.names.len() + 1,
            Self::OrderSize => 1,
        }
    }

    /// The number of the value in an order, or in a line of it by the place of its product.
    pub(super) fn code(self, placed: Placed<'_>, place: u32, numbering: &Numbering) -> usize {
        let of = |codes: &[u32]| codes.get(place as usize).copied().unwrap_or_default();
        let Placed { order, segment } = placed;
        match self {
            Self::Product => place as usize,
            Self::Aisle => of(&numbering.aisles) as usize,
            Self::Department => of(&numbering.departments) as usize,
            Self::Attribute(attribute) => (of(&numbering.attributes) >> attribute as u32 & 1) as usize,
            Self::Dow => usize::from(order.dow),
            Self::Hour => usize::from(order.hour),
            Self::DayPart => day_part(order.hour),
            Self::OrderKind => order_kind(order.order_number),
            Self::SizeBand => size_band(order.lines.len() as u64).unwrap_or(SIZE_BANDS.len()),
            Self::OrderNumber => order.order_number as usize,
            Self::Segment => segment,
            Self::OrderSize => order.lines.len(),
        }
    }

    /// The type of its column.
    pub(super) fn data_type(self) -> DataType {
        match self {
            Self::DayPart | Self::OrderKind | Self::SizeBand | Self::Segment => DataType::Utf8,
            _ => DataType::Int64,
        }
    }

    /// The column of the values with these numbers.
    pub(super) fn column(self, codes: impl Iterator<Item = usize>, numbering: &Numbering) -> ArrayRef {
        let id = |ids: &[u32], code: usize| ids.get(code).copied().map_or(0, i64::from);
        if self.data_type() == DataType::Utf8 {
            return Arc::new(codes.map(|code| self.text(code, numbering)).collect::<StringArray>());
        }
        let values = codes.map(|code| match self {
            Self::Product => Some(i64::from(numbering.products.id(code as u32))),
            Self::Aisle => Some(id(&numbering.aisle_ids, code)),
            Self::Department => Some(id(&numbering.department_ids, code)),
            // An order without lines has no size.
            Self::OrderSize => (code > 0).then_some(code as i64),
            _ => Some(code as i64),
        });
        Arc::new(values.collect::<Int64Array>())
    }

    fn text(self, code: usize, numbering: &Numbering) -> Option<&str> {
        match self {
            Self::DayPart => DAY_PARTS.get(code).copied(),
            Self::OrderKind => ORDER_KINDS.get(code).copied(),
            Self::SizeBand => SIZE_BANDS.get(code).copied(),
            Self::Segment => numbering.segments.names.get(code).map(String::as_str),
            _ => None,
        }
    }
}
