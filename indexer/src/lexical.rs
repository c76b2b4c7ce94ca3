//! The lexical side: BM25 over title, aisle and department, with attributes, filters and tolerance for typos.
//!
//! Built as one tantivy segment in document order, so that a tantivy doc id is a row of the index.
//! A search runs in three steps, each filling what the one before left: exact title → all words → any word. A word
//! may match in any field; a word that the catalogue does not know is replaced by known words one or two edits away.
//! Input: a request. Output: rows, best first, each with how it matched. BM25: Robertson, Zaragoza 2009.

use std::{collections::BTreeSet, fs, path::Path};

use domain::attributes::{Attribute, cut_absences};
use tantivy::{
    Index, IndexReader, Searcher, SingleSegmentIndexWriter, TantivyDocument, Term,
    collector::TopDocs,
    directory::MmapDirectory,
    query::{
        BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, FuzzyTermQuery, Occur, Query,
        TermQuery, TermSetQuery,
    },
    schema::{Field, INDEXED, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions},
    tokenizer::TokenizerManager,
};

use crate::{
    document::{Document, DocumentKind},
    error::IndexError,
    search::SearchRequest,
    terms::{ANALYZER, QueryWord, analyzer, fold, query_words, terms, title_key},
};

/// Memory for building; 50,000 product names need a tenth of it, and a full arena would start a second segment.
const WRITER_BYTES: usize = 256 << 20;

/// Weight of an attribute that the query asks for ("gluten free"), which stands for two or three words.
const ATTRIBUTE_BOOST: f32 = 3.0;

/// Weight of a word in the title, against one in the other fields. The title says what the thing is; the aisle says
/// where it stands, which helps to tell milk from milk chocolate.
const TITLE_BOOST: f32 = 3.0;
const AISLE_BOOST: f32 = 2.0;
const DEPARTMENT_BOOST: f32 = 0.7;

/// Share of the lesser fields' scores that is added to the best field's (dismax): with it a word in title and aisle
/// outweighs the shorter title that BM25 prefers.
const TIE_BREAKER: f32 = 0.5;

/// Weight of a corrected word against one that was spelt right.
const TYPO_BOOST: f32 = 0.5;

/// Letters of a word from which one edit is tried, and from which a second is where one found nothing.
const ONE_EDIT_LETTERS: usize = 4;
const TWO_EDIT_LETTERS: usize = 8;

/// Letters of each of two words written together, at least.
const PART_LETTERS: usize = 3;

/// A word in at most this many documents may itself be a typo of the catalogue: common words near it count too.
const RARE_DOCUMENTS: u64 = 2;

/// A correction counts when it is in this share of the documents of the most common correction, at least.
const CORRECTION_SHARE: f64 = 0.05;

/// Corrections of one word.
const MAX_CORRECTIONS: usize = 6;

/// How a row matched, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Match {
    /// The query is the title, but for case, punctuation and plural.
    ExactTitle,
    /// Every word of the query, as it is spelt, is somewhere in the document.
    AllWords,
    /// Some word is, or all are after corrections.
    SomeWords,
}

/// Ways to write one word, with the weight of each.
type Spellings = Vec<(String, f32)>;

/// A query in pieces, each of which is one thing asked for.
struct Clauses {
    queries: Vec<Box<dyn Query>>,
    /// Whether a word was replaced by others that are spelt like it.
    corrected: bool,
}

/// One row of the lexical list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LexicalHit {
    pub(crate) row: u32,
    pub(crate) matched: Match,
}

#[derive(Debug, Clone, Copy)]
struct Fields {
    title: Field,
    aisle: Field,
    department: Field,
    /// All words of a document: the vocabulary of spelling.
    words: Field,
    title_key: Field,
    attribute_code: Field,
    kind: Field,
    aisle_id: Field,
    department_id: Field,
}

fn schema() -> (Schema, Fields) {
    let text = |option: IndexRecordOption, fieldnorms: bool| {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(ANALYZER)
            .set_index_option(option)
            .set_fieldnorms(fieldnorms);
        TextOptions::default().set_indexing_options(indexing)
    };
    let mut builder = Schema::builder();
    let fields = Fields {
        title: builder.add_text_field("title", text(IndexRecordOption::WithFreqs, true)),
        aisle: builder.add_text_field("aisle", text(IndexRecordOption::WithFreqs, true)),
        department: builder.add_text_field("department", text(IndexRecordOption::WithFreqs, true)),
        words: builder.add_text_field("words", text(IndexRecordOption::Basic, false)),
        title_key: builder.add_text_field("title_key", STRING),
        attribute_code: builder.add_text_field("attribute_code", STRING),
        kind: builder.add_u64_field("kind", INDEXED),
        aisle_id: builder.add_u64_field("aisle_id", INDEXED),
        department_id: builder.add_u64_field("department_id", INDEXED),
    };
    (builder.build(), fields)
}

/// Writes the lexical index of `documents` into a new folder.
pub(crate) fn build<'a>(
    folder: &Path,
    documents: impl Iterator<Item = &'a Document>,
) -> Result<(), IndexError> {
    fs::create_dir_all(folder).map_err(IndexError::io(folder))?;
    let (schema, fields) = schema();
    let tokenizers = TokenizerManager::default();
    tokenizers.register(ANALYZER, analyzer());
    let directory = MmapDirectory::open(folder).map_err(tantivy::TantivyError::from)?;
    let mut writer: SingleSegmentIndexWriter = Index::builder()
        .schema(schema)
        .tokenizers(tokenizers)
        .single_segment_index_writer(directory, WRITER_BYTES)?;
    for document in documents {
        writer.add_document(fields.document(document))?;
    }
    writer.finalize()?;
    Ok(())
}

impl Fields {
    fn document(&self, document: &Document) -> TantivyDocument {
        let (absent, mut title_words) = cut_absences(&document.title);
        // One word each stays in the title, so that BM25 does not take "lactose free milk" for plainer milk.
        title_words.extend(absent.iter().map(|attribute| attribute.code().replace('_', "")));
        let (title, aisle, department) =
            (title_words.join(" "), fold(&document.aisle), fold(&document.department));
        let mut row = TantivyDocument::default();
        for text in [&title, &aisle, &department] {
            row.add_text(self.words, text);
        }
        row.add_text(self.title_key, title_key(&document.title));
        row.add_text(self.title, title);
        // An aisle's or department's own name is its title already.
        if document.id.kind == DocumentKind::Product {
            row.add_text(self.aisle, aisle);
        }
        if document.id.kind != DocumentKind::Department {
            row.add_text(self.department, department);
        }
        for attribute in &document.attributes {
            row.add_text(self.attribute_code, attribute.code());
        }
        row.add_u64(self.kind, kind_number(document.id.kind));
        if let Some(aisle_id) = document.aisle_id {
            row.add_u64(self.aisle_id, u64::from(aisle_id.0));
        }
        if let Some(department_id) = document.department_id {
            row.add_u64(self.department_id, u64::from(department_id.0));
        }
        row
    }
}

fn kind_number(kind: DocumentKind) -> u64 {
    match kind {
        DocumentKind::Product => 0,
        DocumentKind::Aisle => 1,
        DocumentKind::Department => 2,
    }
}

/// An open lexical index.
pub(crate) struct Lexical {
    fields: Fields,
    reader: IndexReader,
}

impl Lexical {
    /// Opens the folder and refuses it unless it is one segment of `documents` rows.
    pub(crate) fn open(folder: &Path, documents: usize) -> Result<Self, IndexError> {
        let corrupt = |reason: String| IndexError::corrupt(folder, reason);
        let index = Index::open_in_dir(folder).map_err(|e| corrupt(e.to_string()))?;
        index.tokenizers().register(ANALYZER, analyzer());
        let (schema, fields) = schema();
        if index.schema() != schema {
            return Err(corrupt("its fields are not those of this version".to_owned()));
        }
        let reader = index
            .reader_builder()
            .reload_policy(tantivy::ReloadPolicy::Manual)
            .try_into()
            .map_err(|e: tantivy::TantivyError| corrupt(e.to_string()))?;
        let lexical = Self { fields, reader };
        let searcher = lexical.reader.searcher();
        let (segments, rows) = (searcher.segment_readers().len(), searcher.num_docs());
        if segments != 1 || rows != documents as u64 {
            return Err(corrupt(format!(
                "it has {rows} rows in {segments} segments, expected {documents} in one"
            )));
        }
        Ok(lexical)
    }

    /// At most `limit` rows that match the request's words and pass its filters, best first.
    pub(crate) fn search(
        &self,
        request: &SearchRequest,
        limit: usize,
    ) -> Result<Vec<LexicalHit>, IndexError> {
        let searcher = self.reader.searcher();
        let filters = self.filters(request);
        let mut list = RankedList { hits: Vec::new(), seen: BTreeSet::new(), limit };

        let key = title_key(&request.query);
        let exact =
            TermQuery::new(Term::from_field_text(self.fields.title_key, &key), IndexRecordOption::Basic);
        list.fill(&searcher, with_filters(vec![Box::new(exact)], &filters), Match::ExactTitle)?;

        let clauses = self.clauses(&searcher, &request.query)?;
        if clauses.queries.is_empty() {
            return Ok(list.hits);
        }
        let any = BooleanQuery::union(clauses.queries.iter().map(|query| query.box_clone()).collect());
        let all_words = if clauses.corrected { Match::SomeWords } else { Match::AllWords };
        list.fill(&searcher, with_filters(clauses.queries, &filters), all_words)?;
        list.fill(&searcher, with_filters(vec![Box::new(any)], &filters), Match::SomeWords)?;
        Ok(list.hits)
    }

    /// What the query asks for, piece by piece: attributes of absence, then words.
    fn clauses(&self, searcher: &Searcher, query: &str) -> Result<Clauses, IndexError> {
        let (attributes, words) = cut_absences(query);
        let mut clauses = Clauses { queries: Vec::new(), corrected: false };
        for attribute in attributes {
            let term = Term::from_field_text(self.fields.attribute_code, attribute.code());
            let query = TermQuery::new(term, IndexRecordOption::Basic);
            clauses.queries.push(Box::new(BoostQuery::new(Box::new(query), ATTRIBUTE_BOOST)));
        }
        for word in query_words(&words.join(" ")) {
            for spellings in self.alternatives(searcher, &word)? {
                clauses.corrected |= spellings.iter().all(|(_, weight)| *weight < 1.0);
                clauses.queries.push(self.word_query(&spellings));
            }
        }
        Ok(clauses)
    }

    /// A word in any field, in any of its spellings.
    fn word_query(&self, spellings: &[(String, f32)]) -> Box<dyn Query> {
        let fields = [
            (self.fields.title, TITLE_BOOST),
            (self.fields.aisle, AISLE_BOOST),
            (self.fields.department, DEPARTMENT_BOOST),
        ];
        let mut choices: Vec<Box<dyn Query>> = Vec::new();
        for (spelling, weight) in spellings {
            for (field, boost) in fields {
                let term =
                    TermQuery::new(Term::from_field_text(field, spelling), IndexRecordOption::WithFreqs);
                choices.push(Box::new(BoostQuery::new(Box::new(term), boost * weight)));
            }
        }
        Box::new(DisjunctionMaxQuery::with_tie_breaker(choices, TIE_BREAKER))
    }

    /// What a word of the query stands for: each item must match, in any of its spellings. The word itself where
    /// the catalogue knows it; where it does not, or where it is rare, known words near it; else the two words it
    /// was written together from ("glutenfree"). Empty for a word that is nothing of these.
    fn alternatives(&self, searcher: &Searcher, word: &QueryWord) -> Result<Vec<Spellings>, IndexError> {
        let term = word.term.as_str();
        let known = self.documents_with(searcher, term)?;
        let mut spellings = Vec::new();
        if known > 0 {
            spellings.push((term.to_owned(), 1.0));
        }
        let letters = term.chars().count();
        let is_number = term.starts_with(|c: char| c.is_ascii_digit());
        if known > RARE_DOCUMENTS || letters < ONE_EDIT_LETTERS || is_number {
            return Ok(if known > 0 { vec![spellings] } else { Vec::new() });
        }
        let mut near = self.words_near(searcher, term, 1)?;
        if near.is_empty() && known == 0 {
            if let Some(parts) = self.written_together(searcher, &word.written)? {
                return Ok(parts.map(|part| vec![(part, 1.0)]).into());
            }
            if letters >= TWO_EDIT_LETTERS {
                near = self.words_near(searcher, term, 2)?;
            }
        }
        // For a rare word only clearly more common ones: both may be meant.
        near.retain(|(_, documents)| *documents as f64 * CORRECTION_SHARE > known as f64);
        near.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let most = near.first().map_or(0, |(_, documents)| *documents) as f64;
        near.retain(|(_, documents)| *documents as f64 >= most * CORRECTION_SHARE);
        spellings.extend(near.into_iter().take(MAX_CORRECTIONS).map(|(word, _)| (word, TYPO_BOOST)));
        Ok(if spellings.is_empty() { Vec::new() } else { vec![spellings] })
    }

    /// Two known words that stand in the word without a space; of several cuts the one whose rarer part is most
    /// common.
    fn written_together(
        &self,
        searcher: &Searcher,
        written: &str,
    ) -> Result<Option<[String; 2]>, IndexError> {
        let mut best: Option<(u64, [String; 2])> = None;
        for (at, _) in written.char_indices() {
            let Some((left, right)) = written.split_at_checked(at) else { continue };
            if left.chars().count() < PART_LETTERS || right.chars().count() < PART_LETTERS {
                continue;
            }
            let (left, right) = (terms(left), terms(right));
            let ([left], [right]) = (left.as_slice(), right.as_slice()) else { continue };
            let documents = self.documents_with(searcher, left)?.min(self.documents_with(searcher, right)?);
            if documents > best.as_ref().map_or(0, |(most, _)| *most) {
                best = Some((documents, [left.clone(), right.clone()]));
            }
        }
        Ok(best.map(|(_, parts)| parts))
    }

    fn documents_with(&self, searcher: &Searcher, term: &str) -> Result<u64, IndexError> {
        Ok(searcher.doc_freq(&Term::from_field_text(self.fields.words, term))?)
    }

    /// Other words of the catalogue at most `edits` insertions, deletions, replacements or swaps away, with the
    /// number of documents that hold them.
    fn words_near(
        &self,
        searcher: &Searcher,
        term: &str,
        edits: u8,
    ) -> Result<Vec<(String, u64)>, IndexError> {
        let automaton =
            FuzzyTermQuery::new(Term::from_field_text(self.fields.words, term), edits, true).automaton()?;
        let Some(segment) = searcher.segment_readers().first() else { return Ok(Vec::new()) };
        let inverted_index = segment.inverted_index(self.fields.words)?;
        let failed = |e: std::io::Error| IndexError::Lexical(e.into());
        let mut stream = inverted_index.terms().search(automaton).into_stream().map_err(failed)?;
        let mut near = Vec::new();
        while stream.advance() {
            let word = String::from_utf8_lossy(stream.key()).into_owned();
            // Typos in the first letter are rare, other words that differ in it are not: "nappies", "happies".
            if word != term && word.chars().next() == term.chars().next() {
                near.push((word, u64::from(stream.value().doc_freq)));
            }
        }
        Ok(near)
    }

    /// The request's filters; none of them adds to a score.
    fn filters(&self, request: &SearchRequest) -> Vec<(Occur, Box<dyn Query>)> {
        let number = |field: Field, value: u64| Term::from_field_u64(field, value);
        let code =
            |attribute: &Attribute| Term::from_field_text(self.fields.attribute_code, attribute.code());
        let one_of = |terms: Vec<Term>| -> Option<(Occur, Box<dyn Query>)> {
            let query = ConstScoreQuery::new(Box::new(TermSetQuery::new(terms.iter().cloned())), 0.0);
            (!terms.is_empty()).then(|| (Occur::Must, Box::new(query) as Box<dyn Query>))
        };
        let kinds = request.kinds.iter().map(|kind| number(self.fields.kind, kind_number(*kind))).collect();
        let aisles =
            request.aisle_ids.iter().map(|id| number(self.fields.aisle_id, u64::from(id.0))).collect();
        let departments = request
            .department_ids
            .iter()
            .map(|id| number(self.fields.department_id, u64::from(id.0)))
            .collect();
        let required = request.attributes.iter().filter_map(|attribute| one_of(vec![code(attribute)]));
        let excluded = request.excluded_attributes.iter().map(|attribute| {
            let query = TermQuery::new(code(attribute), IndexRecordOption::Basic);
            (Occur::MustNot, Box::new(query) as Box<dyn Query>)
        });
        [one_of(kinds), one_of(aisles), one_of(departments)]
            .into_iter()
            .flatten()
            .chain(required)
            .chain(excluded)
            .collect()
    }
}

/// Every one of `parts`, and the filters.
fn with_filters(parts: Vec<Box<dyn Query>>, filters: &[(Occur, Box<dyn Query>)]) -> BooleanQuery {
    let parts = parts.into_iter().map(|part| (Occur::Must, part));
    let filters = filters.iter().map(|(occur, query)| (*occur, query.box_clone()));
    BooleanQuery::new(parts.chain(filters).collect())
}

/// The list under way; a row counts at its first match.
struct RankedList {
    hits: Vec<LexicalHit>,
    seen: BTreeSet<u32>,
    limit: usize,
}

impl RankedList {
    /// Appends the rows of `query` that are not there yet; of equal scores the lower row first.
    fn fill(&mut self, searcher: &Searcher, query: BooleanQuery, matched: Match) -> Result<(), IndexError> {
        if self.hits.len() >= self.limit {
            return Ok(());
        }
        let collector = TopDocs::with_limit(self.limit).order_by_score();
        for (_, address) in searcher.search(&query, &collector)? {
            if self.hits.len() < self.limit && self.seen.insert(address.doc_id) {
                self.hits.push(LexicalHit { row: address.doc_id, matched });
            }
        }
        Ok(())
    }
}
