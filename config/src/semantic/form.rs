//! A metric as it is written in TOML: `type` says which of `measures`, `numerator`, `denominator`, `expr` must stand
//! there. Turned into [`Metric`] at the door, so that a key too many or too few is refused by name.

use domain::answer::Format;
use serde::{Deserialize, Serialize};

use super::{HigherIs, Metric, MetricDefinition, MinSupport, Share, SortOrder};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MetricForm {
    name: String,
    #[serde(rename = "type")]
    kind: MetricKind,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    measures: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    numerator: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    denominator: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expr: Option<String>,
    label: String,
    description: String,
    #[serde(default)]
    unit: String,
    format: Format,
    #[serde(default)]
    synonyms: Vec<String>,
    #[serde(default)]
    higher_is: HigherIs,
    #[serde(default)]
    default_order: SortOrder,
    #[serde(default)]
    min_support: Option<MinSupport>,
    #[serde(default)]
    share: Option<Share>,
    #[serde(default)]
    note: Option<String>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MetricKind {
    Simple,
    Ratio,
    Derived,
}

impl TryFrom<MetricForm> for Metric {
    type Error = String;

    fn try_from(form: MetricForm) -> Result<Self, String> {
        let definition = match (form.kind, form.numerator, form.denominator, form.expr) {
            (MetricKind::Simple, None, None, None) => MetricDefinition::Simple { measures: form.measures },
            (MetricKind::Ratio, Some(numerator), Some(denominator), None) if form.measures.is_empty() => {
                MetricDefinition::Ratio { numerator, denominator }
            }
            (MetricKind::Derived, None, None, Some(expr)) if form.measures.is_empty() => {
                MetricDefinition::Derived { expr }
            }
            (kind, ..) => {
                let needs = match kind {
                    MetricKind::Simple => "simple needs measures alone",
                    MetricKind::Ratio => "ratio needs numerator and denominator alone",
                    MetricKind::Derived => "derived needs expr alone",
                };
                return Err(format!("metric {:?}: type {needs}", form.name));
            }
        };
        Ok(Self {
            name: form.name,
            definition,
            label: form.label,
            description: form.description,
            unit: form.unit,
            format: form.format,
            synonyms: form.synonyms,
            higher_is: form.higher_is,
            default_order: form.default_order,
            min_support: form.min_support,
            share: form.share,
            note: form.note,
        })
    }
}

impl From<Metric> for MetricForm {
    fn from(metric: Metric) -> Self {
        let (kind, measures, numerator, denominator, expr) = match metric.definition {
            MetricDefinition::Simple { measures } => (MetricKind::Simple, measures, None, None, None),
            MetricDefinition::Ratio { numerator, denominator } => {
                (MetricKind::Ratio, Vec::new(), Some(numerator), Some(denominator), None)
            }
            MetricDefinition::Derived { expr } => (MetricKind::Derived, Vec::new(), None, None, Some(expr)),
        };
        Self {
            name: metric.name,
            kind,
            measures,
            numerator,
            denominator,
            expr,
            label: metric.label,
            description: metric.description,
            unit: metric.unit,
            format: metric.format,
            synonyms: metric.synonyms,
            higher_is: metric.higher_is,
            default_order: metric.default_order,
            min_support: metric.min_support,
            share: metric.share,
            note: metric.note,
        }
    }
}
