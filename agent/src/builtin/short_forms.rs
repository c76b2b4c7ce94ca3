//! Contractions and short forms of writing fast: "what's", "ppl", "evr", "w", "prods", and what they stand for.
//!
//! Only forms that are no words themselves; a word that has merely lost vowels and is in no list is read by
//! [`super::vocabulary::Vocabulary::unabridged`].

/// Short forms that are written with a dot, which ends no sentence; what stands for them where they are no words.
const DOTTED: &[(&str, &str)] = &[
    ("avg.", "average"),
    ("no. of", "number of"),
    ("nr. of", "number of"),
    ("dept.", "department"),
    ("depts.", "departments"),
    ("cust.", "customer"),
    ("approx.", "approx"),
    ("incl.", "incl"),
    ("excl.", "excluding"),
    ("vs.", "vs"),
    ("resp.", "and"),
    ("max.", "max"),
    ("min.", "min"),
    ("qty.", "quantity"),
    ("pct.", "percent"),
    ("prod.", "product"),
    ("prods.", "products"),
];

/// A message whose short forms end no sentences: "the avg. shopper", "the no. of orders".
pub(crate) fn without_dots(message: &str) -> String {
    let mut text = message.to_owned();
    for (form, long) in DOTTED {
        let mut from = 0;
        while let Some(at) = text.to_ascii_lowercase().get(from..).and_then(|rest| rest.find(form)) {
            let (start, end) = (from + at, from + at + form.len());
            let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '.');
            let before = text.get(..start).and_then(|before| before.chars().next_back());
            let behind = text.get(end..).and_then(|behind| behind.chars().next());
            // At the end of the message, or before a capital letter, the dot may end a sentence too.
            let rest = text.get(end..).unwrap_or_default().trim_start();
            let ends = form.ends_with('.') && rest.chars().next().is_none_or(char::is_uppercase);
            let whole = !letter(before) && !letter(behind);
            if whole && !ends && text.is_char_boundary(start) && text.is_char_boundary(end) {
                text.replace_range(start..end, long);
                from = start + long.len();
            } else {
                from = end;
            }
        }
    }
    text
}

/// Contractions, and short forms that stand alone for something, by the form.
const CONTRACTIONS: &[(&str, &str)] = &[
    ("what's", "what is"),
    ("wat", "what"),
    ("wich", "which"),
    ("mny", "many"),
    ("diff", "different"),
    ("hr", "hour"),
    ("rt", "rate"),
    ("tot", "total"),
    ("btw", "between"),
    ("whcih", "which"),
    ("wats", "what is"),
    ("whats", "what is"),
    ("who's", "who is"),
    ("where's", "where is"),
    ("how's", "how is"),
    ("that's", "that is"),
    ("it's", "it is"),
    ("let's", "let us"),
    ("i'm", "i am"),
    ("i've", "i have"),
    ("i'd", "i would"),
    ("i'll", "i will"),
    ("they've", "they have"),
    ("you've", "you have"),
    ("don't", "do not"),
    ("dont", "do not"),
    ("doesn't", "does not"),
    ("doesnt", "does not"),
    ("didn't", "did not"),
    ("haven't", "have not"),
    ("isn't", "is not"),
    ("aren't", "are not"),
    ("won't", "will not"),
    ("can't", "can not"),
    ("cannot", "can not"),
    ("wanna", "want to"),
    ("gimme", "give me"),
    ("pls", "please"),
    ("plz", "please"),
    ("u", "you"),
    ("ppl", "people"),
    ("veg", "vegetables"),
    ("veggies", "vegetables"),
    ("dept", "department"),
    ("depts", "departments"),
    ("avg", "average"),
    ("qty", "quantity"),
    ("recs", "recommendations"),
    ("isnt", "is not"),
    ("arent", "are not"),
    ("wasnt", "was not"),
    ("havent", "have not"),
    ("hasnt", "has not"),
    ("hasn't", "has not"),
    ("didnt", "did not"),
    ("wont", "will not"),
    ("ive", "i have"),
    ("im", "i am"),
    ("thats", "that is"),
    ("wheres", "where is"),
    ("everyones", "everyone"),
    ("gonna", "going to"),
    ("kinda", "kind of"),
    ("lemme", "let me"),
    ("smth", "something"),
    ("sth", "something"),
    ("bday", "birthday"),
    ("thx", "thanks"),
    ("we're", "we are"),
    ("they're", "they are"),
    ("you're", "you are"),
    ("there's", "there is"),
    ("he's", "he is"),
    ("she's", "she is"),
    ("we've", "we have"),
    ("who've", "who have"),
    ("that've", "that have"),
    ("which've", "which have"),
    ("we'd", "we would"),
    ("we'll", "we will"),
    ("you'd", "you would"),
    ("couldn't", "could not"),
    ("wouldn't", "would not"),
    ("shouldn't", "should not"),
    ("cant", "can not"),
    ("yoghourt", "yogurt"),
    ("ur", "your"),
    ("n", "and"),
    ("selled", "sold"),
    ("no1", "number one"),
    ("bc", "because"),
    ("buyed", "bought"),
    ("choosed", "chosen"),
    ("eated", "eaten"),
    ("smthing", "something"),
    ("somethin", "something"),
    ("em", "them"),
    ("'em", "them"),
    ("w/", "with"),
    ("k", "ok"),
    ("tho", "though"),
    ("hrs", "hours"),
    ("hows", "how is"),
    ("fav", "favourite"),
    ("fave", "favourite"),
    ("favs", "favourites"),
    ("cust", "customer"),
    ("custs", "customers"),
    ("nite", "night"),
    ("sz", "size"),
];

/// Short forms by what they stand for.
const FORMS: &[(&str, &[&str])] = &[
    ("about", &["abt"]),
    ("after", &["aftr", "afta"]),
    ("all of", &["alla"]),
    ("always", &["alwys", "alwayz"]),
    ("and", &["nd"]),
    ("anyone", &["any1"]),
    ("anything", &["anythin", "anythng", "nething"]),
    ("are", &["r"]),
    ("baskets", &["bskts"]),
    ("basket", &["bskt"]),
    ("because", &["bcs", "bcz", "cuz", "coz", "becuz"]),
    ("before", &["b4", "bfore"]),
    ("between", &["btwn", "betw", "btween"]),
    ("bought", &["bougt", "bght", "baught", "bort", "bawt"]),
    ("calculate", &["calc"]),
    ("could", &["cud", "cld"]),
    ("customer", &["custmr", "cstmr"]),
    ("customers", &["custmrs", "cstmrs"]),
    ("department", &["dpt", "dprt", "dptmt", "dep"]),
    ("departments", &["dpts", "deps"]),
    ("different", &["diffrnt", "difrent", "dif"]),
    ("do not know", &["dunno"]),
    ("ever", &["evr", "eva"]),
    ("every", &["evry", "evrey", "evey"]),
    ("everyone", &["evry1", "every1", "evryone", "evrybody"]),
    ("everything", &["evrything", "everythin"]),
    ("expect", &["xpect", "expct"]),
    ("from", &["frm", "frum", "fr"]),
    ("great", &["gr8"]),
    ("have", &["hav", "hv", "hve"]),
    ("have to", &["gotta", "hafta"]),
    ("including", &["incl"]),
    ("excluding", &["excl"]),
    ("just", &["jst", "jus", "juss"]),
    ("late", &["l8"]),
    ("later", &["l8r"]),
    ("less", &["lss"]),
    ("lot of", &["lotta"]),
    ("more", &["mor", "moar"]),
    ("most", &["mst"]),
    ("never", &["nevr", "neva", "nver"]),
    ("nothing", &["nothin", "nuthin", "nuttin", "nada"]),
    ("nobody", &["nobdy", "nobod"]),
    ("number", &["nr", "num", "nmbr", "numbr", "nbr"]),
    ("numbers", &["nrs", "nums", "nmbrs"]),
    ("often", &["oftn", "ofen", "oft"]),
    ("orders", &["ords", "ordrs"]),
    ("order", &["ordr"]),
    ("out of", &["outta"]),
    ("people", &["peeps", "peple", "poeple", "pple"]),
    ("percent", &["pct", "perc", "prct"]),
    ("product", &["prod", "prodct", "prduct"]),
    ("products", &["prods", "prodcts", "prducts"]),
    ("question", &["qn", "qstn"]),
    ("really", &["rly", "rlly", "realy"]),
    ("segment", &["seg", "sgmt"]),
    ("segments", &["segs", "sgmts"]),
    ("should", &["shud", "shld"]),
    ("someone", &["some1", "sum1"]),
    ("sometimes", &["smtimes"]),
    ("sorry", &["sry", "soz"]),
    ("than", &["thn"]),
    ("that", &["dat", "tht"]),
    ("the", &["da", "teh", "th"]),
    ("there", &["ther"]),
    ("this", &["dis"]),
    ("through", &["thru"]),
    ("together", &["togther", "togehter", "2gether"]),
    ("usually", &["usualy", "usu", "usly"]),
    ("very", &["vry"]),
    ("want", &["wnt"]),
    ("week", &["wk"]),
    ("weeks", &["wks"]),
    ("when", &["wen", "whn"]),
    ("with", &["w", "wth"]),
    ("within", &["w/in"]),
    ("without", &["w/o", "wo", "w/out", "wthout"]),
    ("would", &["wud", "wld"]),
    ("you", &["ya", "yu"]),
];

/// What a short form stands for.
pub(super) fn whole(short: &str) -> Option<&'static str> {
    let contracted = CONTRACTIONS.iter().find(|(form, _)| *form == short).map(|(_, long)| *long);
    contracted.or_else(|| FORMS.iter().find(|(_, forms)| forms.contains(&short)).map(|(whole, _)| *whole))
}

/// Whether `short` is `word` less some of its vowels, which begin neither of them: "evry", "nmbr", "dprtmnt".
pub(super) fn lacks_vowels(short: &str, word: &str) -> bool {
    let mut rest = short.chars();
    let mut wanted = rest.next();
    for (at, letter) in word.chars().enumerate() {
        if wanted == Some(letter) {
            wanted = rest.next();
        } else if at == 0 || !is_vowel(letter) {
            return false;
        }
    }
    wanted.is_none() && short.len() < word.len()
}

fn is_vowel(letter: char) -> bool {
    matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_form_has_one_meaning() {
        let mut seen = std::collections::BTreeSet::new();
        let contracted = CONTRACTIONS.iter().map(|(form, _)| form);
        for form in FORMS.iter().flat_map(|(_, forms)| forms.iter()).chain(contracted) {
            assert!(seen.insert(form), "{form} stands twice");
        }
    }

    #[test]
    fn only_vowels_may_be_missing() {
        for (short, word) in
            [("evry", "every"), ("nmbr", "number"), ("dprtmnt", "department"), ("ordrs", "orders")]
        {
            assert!(lacks_vowels(short, word), "{short}");
        }
        for (short, word) in [("every", "every"), ("ordr", "orders"), ("vry", "every"), ("milk", "mislike")] {
            assert!(!lacks_vowels(short, word), "{short}");
        }
    }
}
