//! Set phrases whose words do not mean what they say: "time is money", "sells like hot cakes", "the lion's share".
//!
//! message → the message with each in plain words, or without it where it says nothing of what is asked. Before any
//! reading, so that no word of a phrase is taken for money, weather or goods. A phrase is a run of words; `|` separates
//! forms of one, `_` is any one word. A phrase that is all that was said stays: it may name a product.

use super::clause::bare;

/// The phrases and what they stand for.
const IDIOMS: &[(&str, &str)] = &[
    ("the|your|our whole|entire|complete store|shop|supermarket", "the shop"),
    ("the|your|our whole|entire|complete range|assortment|catalogue|catalog|selection", "the shop"),
    (
        "closest|nearest to the front|start|beginning|top of the cart|basket|order",
        "with the lowest cart position",
    ),
    (
        "furthest|farthest from the front|start|beginning|top of the cart|basket|order",
        "with the highest cart position",
    ),
    ("when do i usually|normally|mostly|typically|generally order|shop|buy", "my orders by hour of day"),
    ("what time do i usually|normally|mostly|typically|generally order|shop|buy", "my orders by hour of day"),
    ("what did i buy|order|get first ever", "what was in my first order"),
    ("what did i ever buy|order|get first", "what was in my first order"),
    ("what do people|customers|shoppers|others like me buy|order|get|like", "what do you recommend me"),
    ("likeliest to", "most likely to"),
    ("explain it|this|that like i am|i'm five|5", ""),
    ("explain it|this|that to me like i am|i'm five|5", ""),
    ("explain like i am|i'm five|5", ""),
    ("weather the storm with me|us", ""),
    ("weather the storm", ""),
    ("more often|frequently|regularly than any other product|item|aisle|department|one|thing", "most often"),
    ("more often|frequently|regularly than any other|others", "most often"),
    ("more often|frequently|regularly than anything|anyone|anybody|everything else", "most often"),
    (
        "bought|purchased|ordered|sold more than any other product|item|aisle|department|one|thing",
        "bought most",
    ),
    ("bought|purchased|ordered|sold more than any other|others", "bought most"),
    ("the lion's|lions share", "the share"),
    ("memory like a sieve", ""),
    ("nuts|crazy about", "buying most"),
    ("wipe|wiping the slate clean", ""),
    ("kill|killing time with me|us", ""),
    ("kill|killing time", ""),
    ("money well spent", ""),
    ("the money shot", "the first"),
    ("money shot", "first"),
    ("where the money is", "that lead"),
    ("where the money isn't|isnt", "last"),
    ("cheap shot", ""),
    ("cheap date", ""),
    ("cheap and cheerful", ""),
    ("hard currency", ""),
    ("a safe bet", ""),
    ("on a plate|platter", ""),
    ("quick and dirty", ""),
    ("sell|sells|selling|sold|go|goes|going|went like hot|fresh cakes|buns|rolls|bread", "sell best"),
    ("sell|sells|selling|sold|go|goes|going|went like hotcakes", "sell best"),
    ("fly|flies|flying|flew off the shelf|shelves", "sell best"),
    ("cream of the crop", "best"),
    ("top of the pops", "best"),
    ("a drop in the ocean|bucket", "small"),
    ("heavy|heaviest hitters", "customers with the most orders"),
    ("don't|dont delete|change|touch|break|remove|alter|update anything", ""),
    ("do not delete|change|touch|break|remove|alter|update anything", ""),
    ("all told", "in total"),
    ("stocking|carrying the most", "with the most"),
    ("time is money", ""),
    ("winner takes|take it all", ""),
    ("winner takes|take all", ""),
    ("money talks", ""),
    ("for my money", ""),
    ("right on the money", ""),
    ("on the money", ""),
    ("a penny for your thoughts", ""),
    ("penny for your thoughts", ""),
    ("my two cents", ""),
    ("at all costs", ""),
    ("at what cost", ""),
    ("put your money where your mouth is", ""),
    ("pay|pays|paying|paid attention to", "look at"),
    ("pay|pays|paying|paid attention", ""),
    ("pay|pays|paying|paid me|us|you|them|_ a visit", "order"),
    ("pay|pays|paid off", "helps"),
    ("pay|pays the rent|bills", ""),
    ("cash in your chips", ""),
    ("in a nutshell", ""),
    ("rain or shine", ""),
    ("under the weather", ""),
    ("come rain or shine", ""),
    ("it is|it's raining cats and dogs", ""),
    ("take|takes|taken|taking by storm", "lead"),
    ("storm in a teacup", ""),
    ("perfect storm", ""),
    ("tip of the iceberg", ""),
    ("age before beauty", ""),
    ("an|the age old question", ""),
    ("an|the age-old question", ""),
    ("age old|age-old", ""),
    ("beauty contest", "contest"),
    ("beauty is in the eye of the beholder", ""),
    ("short and sweet", ""),
    ("food for thought", ""),
    ("back burner", ""),
    ("on the back burner", ""),
    ("cook|cooking the books", ""),
    ("eat|eating my|your|his|her hat|words", ""),
    ("bite|bitten|biting off more than _ can chew", ""),
    ("bite the bullet", ""),
    ("let the cat out of the bag", ""),
    ("cat out of the bag", ""),
    ("curiosity killed the cat", ""),
    ("every dog has its day", ""),
    ("the dog ate my homework", ""),
    ("in the dog house", ""),
    ("cold shoulder", ""),
    ("give|gives|giving _ the cold shoulder", ""),
    ("head like a sieve", ""),
    ("mind like a sieve", ""),
    ("a sieve for a memory|brain|head", ""),
    ("twiddle|twiddles|twiddling|twiddled my|our|your|his|her|their thumbs", "have the fewest"),
    ("let's|let us play who's|who is who", ""),
    ("who's|who is who", ""),
    ("who am i kidding|fooling", ""),
    ("who would have thought|guessed", ""),
    ("who'd have thought|guessed", ""),
    ("god knows", ""),
    ("pain in the neck", ""),
    ("sick and tired", ""),
    ("the best medicine", ""),
    ("in the long|short run", ""),
    ("take|taking stock of", ""),
    ("deliver|delivers|delivering the goods", "lead"),
    ("stand|stands and deliver", ""),
    ("once in a blue moon", "rarely"),
    ("over the moon", ""),
    ("the elephant in the room", ""),
    ("on the same page", ""),
    ("the bottom line is", ""),
    ("long story short", ""),
    ("to cut|make a long story short", ""),
    ("read my mind|lips", ""),
    ("the heat is on", ""),
    ("fall|falls|falling off a cliff", "are lowest"),
    ("dirt cheap talk", ""),
    ("cheap talk", "talk"),
    ("talk is cheap", ""),
    ("drop me|us a line", "tell me"),
    ("drop|dropping the ball", ""),
    ("at the drop of a hat", ""),
    ("ring|rings a bell", ""),
    ("gold|golden silver and bronze", "top 3"),
    ("gold silver and bronze", "top 3"),
    ("hat trick", ""),
    ("ballpark figure", "number"),
    ("rocket science", ""),
    ("brain surgery", ""),
    ("run|runs|ran|running out of patience|steam|time|ideas|breath|excuses|words|luck", ""),
    ("take|takes|taking stock of", "look at"),
    ("money is no object", ""),
    ("with flying colours|colors", ""),
    ("kill|killing two birds with one stone", ""),
    ("my|our|your|the boss will kill me", ""),
    ("the million dollar question", ""),
    ("million-dollar question", ""),
    ("the 64,000 dollar question", ""),
    ("worth a fortune", ""),
    ("cost|costs me|us|you|him|her my|our|your|his|her job|head|sleep|nerves|dear", ""),
    ("costs an arm and a leg", ""),
    ("cost an arm and a leg", ""),
    ("i'll buy that", ""),
    ("bang for the|our|your|my buck", "effect"),
    ("bang for buck", "effect"),
    ("pass|passing the buck", ""),
    ("stick|sticking to my|our|the guns", ""),
    ("the usual suspects", "the top ones"),
    ("usual suspects", "top ones"),
    ("pulling|pull my leg", ""),
    ("with|by a wide margin", ""),
    ("on the margin|margins", ""),
    ("margin of error", ""),
    ("day in day out", ""),
    ("year in year out", ""),
    ("the other day", ""),
    ("at the end of the day", ""),
    ("the order of the day", ""),
    ("as clear as day|mud", ""),
    ("make|made my|our|your day", ""),
    ("a month of sundays", ""),
    ("month of sundays", ""),
    ("in a month of sundays", ""),
    ("the world and his wife", ""),
    ("man and wife", ""),
    ("the man in the street", ""),
    ("poor man's", ""),
    ("lady luck", ""),
    ("bull in a china shop", ""),
    ("like a bull in a china shop", ""),
    ("on the town", ""),
    ("talk of the town", ""),
    ("the talk of the town", ""),
    ("paint the town red", ""),
    ("storm brewing", ""),
];

/// Phrases with words of goods: only where figures are asked for, since whoever looks for goods means them.
const OF_GOODS: &[(&str, &str)] = &[
    ("the upper crust of _", "the largest"),
    ("low hanging fruit|fruits", "best"),
    ("lowest hanging fruit|fruits", "best"),
    ("at any cost|price", ""),
    ("break|breaking the ice", ""),
    ("variety is the spice of life", ""),
    ("spice of life", ""),
    ("take|taken|taking _ with a grain|pinch of salt", ""),
    ("with a grain|pinch of salt", ""),
    ("worth its|their|his|her|your salt", "best"),
    ("salt of the earth", ""),
    ("rub|rubbing salt in|into the|_ wound|wounds", ""),
    ("bring|brings|bringing|brought home the bacon", "leads"),
    ("save|saves|saved|saving my|our|your|_ bacon", "help"),
    ("best thing since sliced bread", "best"),
    ("greatest thing since sliced bread", "best"),
    ("piece of cake", ""),
    ("the icing on the cake", ""),
    ("have|having your|my|our cake and eat it", ""),
    ("take|takes|taking the cake|biscuit", "leads"),
    ("easy as pie", ""),
    ("pie in the sky", ""),
    ("slice|piece of the pie", "share"),
    ("apples to|with apples", ""),
    ("upset the apple|applecart cart", ""),
    ("apple of my|our|the eye", ""),
    ("bad|rotten apple|apples in the bunch|barrel", ""),
    ("cheesed off", ""),
    ("spill|spilling the beans|tea", "tell"),
    ("full of beans", ""),
    ("bean counter|counters|counting", ""),
    ("not for all the tea in china", ""),
    ("storm in a tea cup", ""),
    ("wake up and smell the coffee", ""),
    ("cool as a cucumber", ""),
    ("the small fry", "the small ones"),
    ("small fry", "small ones"),
    ("bigger|other fish to fry", ""),
    ("packed like sardines", ""),
    ("walk|walking on eggshells", ""),
    ("egg on my|our|your|_ face", ""),
    ("all your|our|my|the eggs in one basket", ""),
    ("chicken out|feed", ""),
    ("running around like a headless chicken", ""),
    ("like a headless chicken", ""),
    ("sitting duck|ducks", ""),
    ("ducks in a row", ""),
    ("talk|talking turkey", ""),
    ("wild goose chase", ""),
    ("cash cow|cows", "best"),
    ("milk|milking it|_ for all it is worth", ""),
    ("cry|crying over spilt|spilled milk", ""),
    ("land of milk and honey", ""),
    ("butter|buttering me|him|her|us|them up", ""),
    ("chew|chewing the fat", ""),
    ("fat chance", ""),
    ("trim|trimming the fat", ""),
    ("the whole enchilada", "all"),
    ("alphabet soup", ""),
    ("heard|hear it|_ through|on the grapevine", ""),
    ("sugarcoat|sugarcoating it", ""),
    ("don't|not sugarcoat|sugarcoating", ""),
    ("no sugar coating|coat", ""),
    ("no sugarcoating", ""),
    ("smart|tough cookie|cookies", ""),
    ("that's|that is the way|how the cookie crumbles", ""),
    ("way the cookie crumbles", ""),
    ("on a silver platter|plate", ""),
    ("hand _ on a plate", ""),
    ("out of the frying pan into the fire", ""),
    ("too many cooks spoil the broth", ""),
    ("eat|eating humble pie|crow", ""),
    ("cold feet", ""),
    ("cold are|is their|its|his|her feet", ""),
    ("just what the doctor ordered", ""),
    ("bitter pill to swallow", ""),
    ("bitter pill", ""),
    ("our|my|their|its|the bread and butter", ""),
    ("our|my|their|its|the bread-and-butter", ""),
    ("comparing|compare|like comparing apples and|to|with oranges", ""),
    ("apples and oranges i know", ""),
    ("apples and oranges i", ""),
    ("a matter of apples and oranges", ""),
    ("apples to|with oranges", ""),
    ("not|isn't|isnt my|our|your|his|her cup of tea", ""),
    ("putting|put all my|our|your|the eggs in one basket", ""),
    ("small potatoes", "small"),
    ("the top banana", "first"),
    ("the big cheese", ""),
    ("bears|bear|bearing|bore fruit", "works"),
    ("price to pay", ""),
    ("old chestnut", ""),
    ("that old chestnut", ""),
    ("in season and out", ""),
    ("the season of giving", ""),
    ("like a kid in a candy store|shop", ""),
    ("kid in a candy store|shop", ""),
];

/// The message with its set phrases in plain words; `None` where it has none, or nothing else.
pub(crate) fn plain(message: &str, of_figures: bool) -> Option<String> {
    let words: Vec<&str> = message.split_whitespace().collect();
    let bare: Vec<String> = words.iter().map(|word| bare(word)).collect();
    let mut said: Vec<String> = Vec::with_capacity(words.len());
    let mut at = 0;
    let mut changed = false;
    while at < words.len() {
        let Some((length, means)) = found(&bare, at, of_figures) else {
            said.extend(words.get(at).map(|word| (*word).to_owned()));
            at += 1;
            continue;
        };
        changed = true;
        // What is written at its ends stays: brackets, commas, the colon behind it.
        let first = words.get(at).copied().unwrap_or_default();
        let last = words.get(at + length - 1).copied().unwrap_or_default();
        let before: String = first.chars().take_while(|c| !c.is_alphanumeric()).collect();
        let behind = last.trim_start_matches(|c: char| !c.is_alphanumeric());
        let mark = behind.rfind(char::is_alphanumeric).map_or("", |end| {
            let end = end + behind.get(end..).and_then(|tail| tail.chars().next()).map_or(1, char::len_utf8);
            behind.get(end..).unwrap_or_default()
        });
        let text = format!("{before}{means}{mark}");
        // A mark alone belongs to the word before it, and says nothing at the start.
        match said.last_mut() {
            Some(previous) if means.is_empty() && !text.is_empty() && before.is_empty() => {
                previous.push_str(&text);
            }
            None if means.is_empty() => {}
            _ if text.is_empty() => {}
            _ => said.push(text),
        }
        at += length;
    }
    let rest = said.join(" ");
    let asks = rest.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count();
    (changed && asks > 1).then_some(rest)
}

/// The longest phrase that starts at a word: its length in words and what it stands for.
fn found(words: &[String], at: usize, of_figures: bool) -> Option<(usize, &'static str)> {
    let fits = |phrase: &str| {
        phrase.split(' ').enumerate().all(|(step, forms)| {
            words.get(at + step).is_some_and(|word| {
                forms == "_" && !word.is_empty()
                    || forms.split('|').any(|form| form == word || form == "_" && !word.is_empty())
            })
        })
    };
    let length = |phrase: &str| phrase.split(' ').count();
    let goods = if of_figures { OF_GOODS } else { &[] };
    IDIOMS
        .iter()
        .chain(goods)
        .filter(|(phrase, _)| fits(phrase))
        .map(|(phrase, means)| (length(phrase), *means))
        .max_by_key(|(length, _)| *length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_phrases_are_said_in_plain_words() {
        let check = |message: &str, expected: Option<&str>| {
            assert_eq!(plain(message, true).as_deref(), expected, "{message}");
        };
        check("Time is money: share of organic items", Some("share of organic items"));
        check("rain or shine, orders by hour", Some("orders by hour"));
        check("what sells like hot cakes in bakery (best 4)", Some("what sell best in bakery (best 4)"));
        check("which segment brings home the bacon?", Some("which segment leads?"));
        check("our bread and butter, so to speak - top 5 products", Some("so to speak - top 5 products"));

        check("who will pay us a visit most often", Some("who will order most often"));
        assert_eq!(plain("our bread and butter: milk", false), None);
        check("piece of cake", None);
        check("I have bread and butter", None);
        check("bacon and eggs", None);
        check("how many hot cakes were sold", None);
    }

    #[test]
    fn phrases_are_written_as_they_are_compared() {
        for (phrase, means) in IDIOMS.iter().chain(OF_GOODS) {
            assert_eq!(phrase.to_lowercase(), *phrase);
            assert!(phrase.split(' ').all(|forms| !forms.is_empty()), "{phrase}");
            assert!(means.split_whitespace().count() < 7, "{means}");
        }
    }
}
