//! The words that make a question about figures, by what they do in it.
//!
//! Phrases are matched on their words as written or on their stems, the longest first. Metrics and dimensions have their
//! synonyms in `semantic.toml`; here stands what is grammar: counting, ranking, comparing, restricting. No phrase is a
//! sentence.

use std::{collections::HashMap, sync::LazyLock};

use query::metrics::{FilterOp, MetricFilter};

use super::item::{Agg, DayPart, End, Link, Mark, Noun, Verb};
use crate::builtin::{fillers::FILLERS, normalise::stem};

/// The longest phrase, in words.
pub(super) const LONGEST: usize = 6;

/// What lies above the figure of all together, before [`WHOLES`].
const ABOVE: &str = "above|over|better than|higher than|more than|larger than|bigger than|greater than|longer than|beat|\
                     beats|beating|exceed|exceeds|exceeding|top|tops|outdo|outperform|outperforms|ahead of";
/// What lies below it.
const BELOW: &str = "below|under|beneath|less than|fewer than|lower than|smaller than|shorter than|worse than|behind|\
                     short of|trail|trails|underperform";
/// The figure of all together.
const WHOLES: &str = "average|the average|the mean|overall|the overall|the overall rate|the overall average|\
                      the overall mean|the overall figure|the overall value|the total average|the general average|\
                      the grand average|the shop average|the store average|the company average|the shop|the store|\
                      the average rate|the average of all";

/// What a phrase means; looked up by its words, or by their stems.
pub(super) fn look_up(words: &str, stems: &str) -> Option<&'static Mark> {
    PHRASES.get(words).or_else(|| PHRASES.get(stems))
}

/// Every phrase, for the spelling.
pub(crate) fn phrases() -> impl Iterator<Item = &'static str> {
    PHRASES.keys().map(String::as_str)
}

static PHRASES: LazyLock<HashMap<String, Mark>> = LazyLock::new(|| {
    let mut phrases = HashMap::new();
    let mut add = |list: &str, mark: Mark| {
        for phrase in list.split('|') {
            let phrase = phrase.trim();
            let stems = phrase.split(' ').map(stem).collect::<Vec<_>>().join(" ");
            // "products sold" and "products sell" have one stem and are two things; so do "customer counts" and a count.
            if !["sold", "bought", "average order", "avg order", " counts"]
                .iter()
                .any(|verb| phrase.contains(verb))
            {
                phrases.entry(stems).or_insert_with(|| mark.clone());
            }
            phrases.insert(phrase.to_owned(), mark.clone());
        }
    };
    add_nouns(&mut add);
    add_metrics(&mut add);
    add_counting(&mut add);
    add_ranking(&mut add);
    add_bounds(&mut add);
    add_links(&mut add);
    add_times(&mut add);
    add_shares(&mut add);
    add_people(&mut add);
    for word in FILLERS {
        phrases.entry((*word).to_owned()).or_insert(Mark::Skip);
    }
    phrases
});

fn add_nouns(add: &mut impl FnMut(&str, Mark)) {
    add(
        "item|items|thing|things|goods|stuff|lines|line|units|unit|pieces|piece|merchandise|order lines|line items",
        Mark::Noun(Noun::Item),
    );
    add("product|products|article|articles|sku|skus|good|prods|prod", Mark::Noun(Noun::Product));
    add(
        "aisle|aisles|category|categories|shelf|shelves|subcategory|subcategories|cat|cats",
        Mark::Noun(Noun::Aisle),
    );
    add(
        "department|departments|dept|depts|section|sections|division|divisions|dep|deps",
        Mark::Noun(Noun::Department),
    );
    add(
        "headcount|head count|customer|customers|cust|custs|user|users|shopper|shoppers|buyer|buyers|client|clients|people|person|households|\
         folks|consumers|consumer|individuals|members|member|purchasers|purchaser|customer base|user base|families|guys|everybody|\
         individual households|individual customers|clientele|user id|customer id|user ids|customer ids|customer number|patrons|patron|regulars",
        Mark::Noun(Noun::Customer),
    );
    add("household", Mark::Noun(Noun::Customer));
    add(
        "order|orders|basket|baskets|cart|carts|transaction|transactions|checkout|checkouts|trolley|trolleys|\
         shopping trip|shopping trips|trip|trips|receipt|receipts|ticket|tickets|bag|bags|deliveries",
        Mark::Noun(Noun::Order),
    );
    add(
        "segment|segments|cluster|clusters|customer segment|customer segments|customer group|customer groups|rfm segment|\
         rfm segments|group of customers|groups of customers|customer cluster|customer clusters|user segment|user segments|rfm group|rfm groups",
        Mark::Noun(Noun::Segment),
    );
    add(
        "hour|hours|hour of day|hour of the day|hours of the day|hours of day|time of day|order hour|hourly|times of day|hrs|clock hour",
        Mark::Noun(Noun::Hour),
    );
    add(
        "day number|day numbers|day of week|day of the week|days of the week|days of week|weekday|weekdays|weekday number|weekday numbers|\
         dow|day|days|day of week number|day of the week number|daily|day no|day by day|day by day over the week|over the week|across the week|through the week|throughout the week|over the course of the week|by the day|day index|day code",
        Mark::Noun(Noun::Day),
    );
    add(
        "part of the day|parts of the day|part of day|parts of day|daypart|dayparts|day part|day parts|time of the day|times of the day",
        Mark::Noun(Noun::DayPart),
    );
    add(
        "orders nr|order nr|orders #|order #|orders numbered|order numbered|orders with number|orders number|orders no|order number n|n th order|order count number|order number|order numbers|order no|order sequence|nth order|order rank|order index|tenure",
        Mark::Noun(Noun::OrderNumber),
    );
    add(
        "order size class|order size classes|size class|size classes|size band|size bands|order size band|order size bands|\
         basket size class|basket size classes|basket size band|basket size bands|basket class|basket classes|order class|order classes|\
         small medium and large orders|small medium large|small medium big|small middle large|small medium and large|small medium or large|small medium large orders|order size category|basket size category|basket size group|basket size groups|\
         size group|size groups|order size group|order size groups|size category|size categories",
        Mark::Noun(Noun::SizeBand),
    );
    add(
        "combination of|combinations of|each combination of|every combination of|by combination of|pairings of",
        Mark::Each,
    );
    add(
        "= rows|rows =|columns =|as rows|as columns|in rows|in columns|in the rows|in the columns|as the rows|as the columns|down the side|across the top",
        Mark::Each,
    );
    add(
        "day value|day values|day count|gap length|gap lengths|days since prior order value|each gap|day gap|gap value|gap values|number of days since the prior order",
        Mark::Noun(Noun::Gap),
    );
}

/// Wordings of metrics beyond the synonyms of the semantic model.
fn add_metrics(add: &mut impl FnMut(&str, Mark)) {
    let metric = |name: &str| Mark::Metric(name.to_owned());
    add(
        "customer counts|buyer counts|shopper counts|user counts|household counts|client counts|customer totals|buyer totals|shopper totals",
        metric("customers"),
    );
    add(
        "item counts|item totals|item total|unit counts|unit totals|purchase counts|purchase totals|line counts",
        metric("items"),
    );
    add("product counts|product totals", metric("products"));
    add(
        "repurchasing|rebuying|reorder rate|reorder rates|reordering rate|reorder ratio|repeat rate|repeat rates|repeat purchase rate|repurchase rate|rebuy rate|re order rate|\
         reorder percentage|reorder share|share of reorders|share of reordered items|share reordered|reorder percent|reorder %|repeat share|\
         loyalty|stickiness|loyalty rate|rate of reorder|rate of reorders|rate of reordering|repeat buying rate|reordering share|\
         reorder probability|repeat ratio|rebuying rate|repeat purchase share|repeat buy rate|re purchase rate|reorder quote|reorder frequency|\
         percentage of reorders|percent of reorders|% of reorders|percentage reordered|percent reordered|% reordered|reorder freq|rr",
        metric("reorder_rate"),
    );
    add(
        "basket size|basket sizes|order size|order sizes|cart size|cart sizes|items per order|items per basket|items per cart|items an order|\
         items per checkout|products per order|products per basket|lines per order|size of the basket|size of an order|size of the order|size of a basket|\
         size of orders|size of baskets|things per order|items in an order|items in a basket|items in each order|items in the basket|items in a cart|items in their baskets|\
         size of their orders|size of their baskets|size of their basket|mean basket|average basket|avg basket|average cart|avg cart|basket volume|\
         items per order that has items|lines per basket|size in items|size|sizes|items in one order|units per order|units per basket|upt|articles per order|products in an order|things in a basket|things in an order|basket avg|basket average",
        metric("basket_size"),
    );
    add(
        "median basket|median order|median cart|median order size|median basket size|median cart size|median items per order|median number of items per order|median size of an order|median number of items",
        metric("median_basket_size"),
    );
    add(
        "largest order|biggest order|largest basket|biggest basket|biggest cart|largest cart|max basket size|maximum basket size|max order size|\
         maximum order size|max basket|biggest single order|largest single order|biggest single basket|maximum items in an order|maximum number of items|most items in one order|most items in a single order|max number of items|record basket|fullest basket|biggest shop|largest number of items in an order|largest number of items in one order",
        metric("max_basket_size"),
    );
    add(
        "days between orders|days between two orders|average gap|mean gap|order interval|order gap|gap between orders|gaps between orders|time between orders|days between purchases|\
         days since prior order|days since the prior order|days since previous order|days since the previous order|days since last order|days since the last order|how long does it take|how long do customers wait|how long do they wait|reorder interval|\
         days until the next order|interval between orders|purchase interval|inter order time|gap|gaps|days since the order before|days since their previous order|order spacing|ordering interval|order cycle|purchase cycle|days after the previous one|days after the previous order|days after the one before|\
         wait between orders|pause between orders|pauses between orders|time since prior order|time since the previous order|days apart|time lag between orders|interval between two orders|days between one order and the next|days between consecutive orders|days pass between orders|days go by between orders|days go by|days pass|days lie|days elapse|gap in days",
        metric("avg_days_between_orders"),
    );
    add(
        "orders per customer|orders per user|orders per shopper|orders per household|orders per head|order frequency|orders a customer|orders each customer|orders per client|orders per buyer|orders per person|purchase frequency|ordering frequency|orders by customer on average",
        metric("orders_per_customer"),
    );
    add(
        "items per customer|items per user|items per shopper|items per household|items per head|purchases per customer|items per buyer|purchases per buyer|items per client|lines per customer|purchases per shopper|purchases per user|units per customer|items per person|items a customer",
        metric("items_per_customer"),
    );
    add(
        "how early in the cart|how late in the cart|how early|how late|how soon|early or late|late or early|earlier or later|early on or late|early on or near the end|early or near the end|at the start or at the end|at the beginning or at the end|where in the cart|at which place in the cart|at what place in the cart|at which position in the cart|which place in the cart|at which position|at what position|at what place|at which place|place in the order|place in the trolley|position in the basket on average|average place in the cart|mean place in the cart|cart position|average cart position|add to cart position|add to cart order|position in the cart|position in cart|place in the cart|basket position|position in the basket|cart order|\
         average add to cart order|average position|avg position|mean position|mean cart position|avg cart position|add to cart rank|cart slot|cart slots|cart spot|cart spots|basket slot|basket slots|slot in the cart|slots in the cart|place in the basket|mean add to cart position|average add to cart position|position in the add to cart order|cart rank|position they are added|position added|cart place",
        metric("avg_cart_position"),
    );
    add(
        "first in cart rate|first in cart share|first in the cart rate|rate of being first in the cart|share of being first|share of first places|first position rate|share of times first|first to cart rate|first added rate|first in cart percentage|share of times it is first",
        metric("first_in_cart_rate"),
    );
    add(
        "reorders|number of reorders|reordered items|repeat purchases|reordered lines|rebuys|repurchases|reorder count|reordered purchases|repeat buys|re orders",
        metric("reorders"),
    );
    add(
        "purchases|purchase|sales|sales volume|volume|volumes|units moved|times bought|times purchased|times sold|demand|throughput|turnover in items|turnover of items|items moved|sales count|purchase count|unit sales|sales units|item count|number of times bought|sales figures|times it was bought|times ordered|qty sold|quantity sold|times it sold",
        metric("items"),
    );
    add(
        "products never bought|products without sales|products without a sale|dead stock|unsold products|shelf warmers|zero sellers|products with no sales|products with zero sales|products never sold|products nobody bought|products that never sold",
        metric("products_never_bought"),
    );
    add(
        "size of assortment|size of catalogue|catalogue count|range of products|number of products listed|number of catalogue products|number of products in the catalogue|how many products listed|how wide is the assortment|how large is the assortment|how big is the assortment|how big is the catalogue|how large is the catalogue|assortment size|catalogue size|catalog size|size of the assortment|size of the catalogue|products listed|listed products|catalogue products|catalog products|products in the catalogue|products in the catalog|products carried|assortment|products on offer|catalogue|range size|listings|product catalogue|product catalog|skus listed|sku count",
        metric("products"),
    );
    add(
        "distinct products|different products|unique products|variety of products|variety|breadth|unique skus|distinct skus|different items|distinct items|unique items|different articles|assortment bought|active products",
        metric("products_bought"),
    );
    add(
        "new customers|one time customers|one time buyers|single order customers|one order customers|one timers|first time customers|customers with a single order|customers with only one order|customers with one order|first timers",
        metric("new_customers"),
    );
    add(
        "repeat customers|returning customers|repeat buyers|repeat shoppers|customers with more than one order|returning shoppers|customers who came back|returning users|repeaters",
        metric("repeat_customers"),
    );
    add(
        "risk of not ordering|probability to churn|risk to churn|chance they will not order|chance they do not order|chance of no further order|risk of losing|churn risk|churn probability|churn|risk of churn|probability of no order|chance of not ordering|lapse risk|risk of lapsing|risk of churning|churn rate|probability of churning|chance of churning|chance to churn|\
         probability of lapsing|likelihood to churn|churn likelihood|churn score|attrition|attrition risk|probability of not ordering|chance of not coming back|risk of not coming back|probability of not coming back|risk of leaving|chance of no order|risk of losing them|risk to lapse|no order probability|risk|risk score|p no order|probability of no order within 28 days|\
         chance of not coming back within 28 days|probability of no order in 28 days|likelihood of churn|chance of leaving|risk of no order",
        metric("avg_churn_risk"),
    );
    add(
        "order forecast|orders predicted|forecast of orders|orders we can expect|orders will come|orders likely|expected orders|orders expected|orders we expect|predicted orders|orders can we expect|orders do we expect|forecast orders|orders forecast|orders should we expect|forecasted orders|orders to expect|expected number of orders|orders are expected|orders likely to come in",
        metric("expected_orders"),
    );
    add(
        "expected items|items expected|predicted items|items we expect|items do we expect|items can we expect|forecast items|expected number of items|items are expected|expected item volume|expected volume",
        metric("expected_items"),
    );
    add(
        "lifetime value|clv|ltv|customer value|customer lifetime value|cltv|life time value|lifetime values|worth|worth to us|value to us|value for us",
        metric("lifetime_value"),
    );
    add(
        "days since their last order|recency|average recency|mean recency|recency in days|avg recency|mean recency in days|days since they last ordered|days since last purchase|average recency in days",
        metric("avg_recency_days"),
    );
    add(
        "monetary|monetary value|average monetary|mean monetary|mean items per order of a customer",
        metric("avg_customer_basket"),
    );
    add(
        "orders with items|orders with lines|orders with known items|orders that have items|orders that have lines|orders having lines",
        metric("baskets"),
    );
}

fn add_counting(add: &mut impl FnMut(&str, Mark)) {
    add(
        "exact number of|absolute number of|precise number of|total tally of|how few|how many|number of|no of|nr of|# of|#|count of|amount of|numbers of|quantity of|count the|count|counts of|how many different|tally of|total number of|the number of|total count of|count up|nr|total amount of|head count of|counting|headcount of|how many of|count|numbers|overall number of",
        Mark::HowMany,
    );
    add(
        "how much|how big|how large|how high|how low|how strong|how long|how small|what size|how heavy|how great|how loyal|how sticky|how well",
        Mark::HowMuch,
    );
    add(
        "how often|how frequently|how many times|number of times|times|how frequent|how regularly",
        Mark::HowOften,
    );
    add("which|what|wich|who", Mark::Which);
    add("number and|count and|both number and|both count and", Mark::HowMany);
    add("with the number of|with number of|with the count of|with a count of", Mark::HowMany);
    add("when|at what time|what time|at which time", Mark::When);
    add(
        "an average of|average|avg|mean|on average|in average|averaged|averages|typically|typical|on avg|ave|av|usual size|in the mean|on the average",
        Mark::Agg(Agg::Mean),
    );
    add("divided by|over the number of|per number of", Mark::DividedBy);
    add(
        "distributed|spread over|splitting|splitting up|breaking down|breakdown of|breakdown|distribution|distribution of|histogram|histogram of|split of|split|spread of|spread|split up|breakdown for",
        Mark::Spread,
    );
    add("median|middle", Mark::Agg(Agg::Median));
    add(
        "all time record|record high|all time high|highest ever|maximum|max|record|biggest one|largest one|the biggest one|the largest one",
        Mark::Agg(Agg::Max),
    );
    add("minimum|min", Mark::Agg(Agg::Min));
    add(
        "summed|summed over|sum total|in sum|added together|in one bucket|in one pot|in one group|into one bucket|into one pot|into one group|as one group|as one bucket|as a single group|lumped together|pooled|pooled together|rolled into one|thrown together|merged into one|put all together|counted together|total|in total|overall|altogether|combined|taken together|all together|sum of|sum|total of|grand total|all in all|jointly|joint|totals|summed up|put together|added up",
        Mark::Agg(Agg::Total),
    );
    add(
        "each article counts once|each product counts once|each item counts once|each one counts once|every product counted once|each product counted once|each counts once|counted once|counts once|different|distinct|unique|individual|separate|various",
        Mark::Distinct,
    );
}

fn add_ranking(add: &mut impl FnMut(&str, Mark)) {
    let high = |metric| Mark::Rank(End::High, metric);
    let low = |metric| Mark::Rank(End::Low, metric);
    add(
        "no 1|nr 1|number 1|highest ranking|top ranking|most numerous|the largest number of|the highest number of|the greatest number of|the most numerous|top|most|the most|best|highest|largest|biggest|greatest|leading|strongest|longest|maximal|heaviest|number one|#1|main|greatest number of|most of all|largest number of|highest number of|biggest number of|max number of|farthest|furthest|major|heavyweight|dominant|winner|winners|winning|lead|leads|leader|leaders|first place|champion of|fattest|richest|broadest|widest|the biggest|the largest",
        high(None),
    );
    add(
        "least|the least|fewest|lowest|smallest|bottom|worst|weakest|shortest|minimal|lightest|fewest number of|smallest number of|lowest number of|poorest|tiniest|laggards|losers|loser|trailing|bottom of the list|tail end|narrowest|hardly ever|rarely|seldom",
        low(None),
    );
    add(
        "best seller|best sellers|bestseller|bestsellers|best selling|bestselling|top selling|top seller|top sellers|most popular|popular|most bought|most purchased|most sold|hottest|fastest moving|fast movers|\
         most wanted|most ordered|most frequently bought|most often bought|most often ordered|most in demand|most common|hits|number one seller|sell best|sells best|selling best|sell the most|sells the most|sell most|sells most|bought most often|bought the most|bought most|purchased most|ordered most|ordered most often|trending|favourite|favorite|favourites|favorites|most beloved|go best|runs best|blockbuster|blockbusters|most frequently purchased|most frequently ordered|buy most often|buys most often|buy the most|buys the most|buy most|buys most|order most|order the most|orders most|purchase most|bought most frequently|crowd pleasers|top performers|top performing|best performing|heavy hitters|big sellers|biggest seller|biggest sellers|strong sellers|strongest sellers|buy more than anything|buy the most of|most asked for|moves the most|move the most|sold most|sold the most|sold best|sold most often",
        high(Some("items")),
    );
    add(
        "worst selling|least bought|least sold|least popular|slowest moving|slow movers|least purchased|sell worst|sells worst|sell the least|sells the least|worst seller|worst sellers|sell least|sells least|least ordered|bought least|bought least often|least often bought|weakest sellers|weakest selling|poorest selling|sold least|sold the least|lowest selling|non sellers|slow sellers|least in demand|unpopular|least wanted|poor sellers",
        low(Some("items")),
    );
    add(
        "busiest|peak|rush hour|most active|rush|fullest|most busy|busy|most crowded|most hectic",
        high(Some("orders")),
    );
    add(
        "quietest|slowest|calmest|deadest|least busy|emptiest|least active|quiet|slow|sleepiest",
        low(Some("orders")),
    );
    add(
        "stickiest|most loyal|most reordered|most often reordered|most rebought|highest loyalty|most sticky|reordered most|reordered most often|most frequently reordered|most habit forming|most repurchased|reordered the most|most repeated|rebought most|come back for most|most habitual",
        high(Some("reorder_rate")),
    );
    add(
        "least loyal|least reordered|reordered least|least often reordered|least sticky|reordered least often|least rebought|hardly ever rebuy|hardly ever reordered|rarely reordered|seldom reordered|hardly ever rebought|reordered the least|rarely rebought|least repurchased|never rebuy|rarely bought again|hardly ever bought again",
        low(Some("reorder_rate")),
    );
    add(
        "most likely to go in the cart first|most likely to go into the cart first|most likely to be first in the cart|likeliest to go in the cart first|most likely to be added first|most likely to come first in the cart|likeliest to be first in the cart|most likely to open a basket|most likely to be the first item",
        high(Some("first_in_cart_rate")),
    );
    add(
        "most often first in the cart|most often first in cart|most often goes into the cart first|most often go into the cart first|most often put in first|most often added first|most often in position 1|reach for first|most often the first item in the cart|goes into the cart first most often|opens most carts|most frequent first item|most often opens the cart|most common first item|most often starts the cart|added first most often|put in the cart first most often",
        high(Some("first_in_cart")),
    );
    add(
        "earliest in the cart|added earliest|earliest|soonest|put in earliest|added to the cart earliest|earliest in cart|gets added first|added to the cart first on average",
        low(Some("avg_cart_position")),
    );
    add(
        "land in the cart last|lands in the cart last|end up in the cart last|ends up in the cart last|come last in the cart|comes last in the cart|go in the cart last|goes in the cart last|goes into the cart last|latest in the cart|added latest|added last|put in last|added to the cart last|added latest to the cart|latest to the cart|latest in cart|afterthoughts|go into the cart last|last into the cart|get added to the cart last|added at the end|gets added last|put in the cart last",
        high(Some("avg_cart_position")),
    );
    add("most organic", high(Some("organic")));
    add("riskiest|most at risk|likeliest to churn|most likely to churn", high(Some("avg_churn_risk")));
    add(
        "more|higher|larger|bigger|greater|stronger|longer|better|later|more often|more frequently|heavier|ahead",
        Mark::More(End::High),
    );
    add(
        "less|fewer|lower|smaller|weaker|shorter|worse|earlier|less often|rather seldom",
        Mark::More(End::Low),
    );
    add(
        "biggest spenders|heaviest users|heaviest buyers|heavy users|heavy buyers|best customers|top customers|most active customers|most frequent customers|most frequent shoppers|biggest customers|keenest customers|heaviest shoppers",
        Mark::Rank(End::High, Some("customers")),
    );
    add(
        "ranked|ranking|rank|sorted|sort|ordered by|rank them|in order of|descending|largest first|biggest first|highest first|best first|largest on top|most first|starting with the biggest|starting with the largest|from largest to smallest|from most to least|from high to low|from highest to lowest|highest to lowest|largest to smallest|top down|by size|strongest first|high to low|from best to worst|from biggest to smallest",
        Mark::Skip,
    );
}

fn add_bounds(add: &mut impl FnMut(&str, Mark)) {
    add(
        "at least|more or equal|minimum of|no fewer than|no less than|not less than|not fewer than|a minimum of|min of|starting from|from at least|>=|≥|at the least|a good",
        Mark::Cmp(FilterOp::Ge),
    );
    add(
        "more than|more then|higher then|larger then|greater then|bigger then|over|above|exceeding|greater than|higher than|larger than|upwards of|north of|beyond|bigger than|exceed|exceeds|in excess of|past|longer than|above the|>|surpassing|better than|later than|surpasses|surpass|tops|topping|goes beyond|go beyond|is above|are above|crosses|cross|crossing|passes",
        Mark::Cmp(FilterOp::Gt),
    );
    add(
        "at most|no more than|up to|not more than|maximum of|a maximum of|max of|not over|no greater than|no higher than|<=|≤|doesn't exceed|does not exceed|do not exceed|don't exceed|not exceed|never exceeds|not higher|capped at|inclusive of|at very most|as many as|at the most|not above|not exceeding|not higher than|no longer than",
        Mark::Cmp(FilterOp::Le),
    );
    add(
        "fewer than|less than|fewer then|less then|lower then|smaller then|under|below|lower than|smaller than|short of|beneath|not even|<|not quite|shorter than|earlier than|south of|worse than",
        Mark::Cmp(FilterOp::Lt),
    );
    add("exactly|precisely|just exactly|equal to|equals|of exactly|=", Mark::Cmp(FilterOp::Eq));
    add(
        "or more|or above|and up|and above|or higher|and more|or over|upwards|and over|plus|or greater|or longer|and higher|or larger|and beyond|or better|or bigger|onwards|and later|or later|and onwards|+",
        Mark::CmpAfter(FilterOp::Ge),
    );
    add(
        "or less|or fewer|or below|and below|or lower|or under|and under|and less|and fewer|tops|or smaller|or shorter|or earlier",
        Mark::CmpAfter(FilterOp::Le),
    );
    add("or worse|and worse", Mark::CmpAfter(FilterOp::Le));
    add("between|ranging from", Mark::Between);
    for (sides, op) in [(ABOVE, FilterOp::Gt), (BELOW, FilterOp::Lt)] {
        for side in sides.split('|') {
            for whole in WHOLES.split('|') {
                add(&format!("{side} {whole}"), Mark::AboveOverall(op));
            }
        }
    }
    add(
        "disregard|discard|discarding|remove|removing|forget about|forget|strike|striking|filter out|filtering out|filtered out|cut out|cutting out|set aside|setting aside|put aside|putting aside|leave aside|leaving aside|laying aside|take out|taking out|not interested in|do not care about|do not care for|with no regard to|without regard to|without|excluding|exclude|except|except for|other than|apart from|besides|not in|but not|leave out|leaving out|ignoring|ignore|outside|outside of|skip|skipping|not counting|everything but|all but|minus|sans|aside from|not from|not including|without counting|dropping|w/o|not incl|excl|with the exception of|non|not|disregarding|omit|omitting|not any|nothing from|no|free of|barring|bar|drop everything|drop anything|drop everyone|drop anyone|drop all|drop any|drop every|drop those|cut everything|cut anything|cut all|kick out|kicking out|kicks out|throw out|throwing out|throws out|toss out|tossing out|weed out|weeding out|delete|deleting|erase|erasing|get rid of|ditch|ditching|screen out|screening out|rule out|ruling out|knock out|knocking out|eliminate|eliminating|cross off|cross out|prune|pruning",
        Mark::Not,
    );
    add(
        "did no one ever buy|did nobody ever buy|no one ever buy|no one ever bought|nobody ever buy|has nobody bought|have nobody bought|did nobody buy|did no one buy|never bought|never purchased|nobody bought|nobody ever bought|never been bought|never sold|never been sold|unsold|unbought|no one bought|nobody buys|nobody has bought|nobody ever buys|never once bought|never been purchased|nobody has ever bought|no one has ever bought|never found a buyer|without a single sale|without a sale|without any sale|without any sales|without sales|zero sales|never been ordered|not bought by anyone|not sold at all|not been bought|have not been bought|were not bought|nobody wants|never|nobody|no one|none|not once|not a single|never ever|no customer|zero times|not ever|noone|never once|not even once|not even one time|not a single time|yet to|still to|steer clear of|steers clear of|stay clear of|stays clear of|stay away from|stays away from|stayed away from|keep away from|keeps away from|avoid|avoids|avoided|shun|shuns|shunned|at no time|not so much as|not touched|not touched so far|never touched|left untouched",
        Mark::Never,
    );
    add("only|just|solely|restricted to|limited to|limit to|alone|exclusively|purely|pure", Mark::Only);
    add(
        "vs|versus|compared to|compared with|against|as opposed to|in comparison to|in comparison with|compare|comparison of|comparison|or rather|rather than|relative to|v|next to|comparing|opposed to|side by side|head to head|contrast|and not the other|in contrast to",
        Mark::Versus,
    );
    add(
        "x|×|along with|alongside|together with|as well as|in addition to|beside|accompanied by|next to that|plus also|and also|and then",
        Mark::And,
    );
    add(
        "the rest|the others|the other ones|all others|all the others|everyone else|everybody else|all the rest|the remaining ones|the remainder|those of the rest|the other customers|other customers|the other orders|the other products|the other items|not so|or not|or otherwise|yes or no|yes no",
        Mark::Rest,
    );
    add(
        "nothing but|completely|entirely|every single item|consist only of|consists only of|consisting only of|made up only of|nothing other than|wholly|fully|100% |each item|every line|all of whose items|whose items are all|every product in it|all products in it",
        Mark::Entirely,
    );
    add(
        "difference|difference in|difference between|the difference|the difference between|how many more|how much more|how many fewer|how many less|how much higher|how much lower|how much larger|how much bigger|how much smaller|delta|gap between the|how far apart",
        Mark::Difference,
    );
    add("than|than for|than in|than on|than at|than from|than the", Mark::Than);
}

fn add_links(add: &mut impl FnMut(&str, Mark)) {
    add("of|out of|made of|in terms of|belonging to|belong to|belongs to|off", Mark::Link(Link::Of));
    add("in|within|inside|into|throughout|in the|among|amongst", Mark::Link(Link::In));
    add("once for|once for the|one for|for|regarding|concerning|as for|about", Mark::Link(Link::For));
    add(
        "with|containing|contain|contains|holding|hold|holds|including|include|includes|having|has|have|had|that have|that has|featuring|w/|w|carrying|contained|that include|that contain|that hold|that contains|that had|held|made up of|consist of|consisting of|consists of|show up in|shows up in|appear in|appears in|present in|is in|are in|was part of|part of",
        Mark::Link(Link::With),
    );
    add("from|coming from|starting at", Mark::Link(Link::From));
    add("tier|tiers", Mark::Skip);
    add("span|spans|spanned|spanning|touch|touches|touching", Mark::Link(Link::With));
    add("to|until|till|through|through to|up until|thru|-|–", Mark::Link(Link::To));
    add("on|upon", Mark::Link(Link::On));
    add("at|around", Mark::Link(Link::At));
    add("after|since|past", Mark::Link(Link::After));
    add("before|prior to|earlier than|by the time of", Mark::Link(Link::Before));
    add("that|who|whom|where|whose", Mark::Link(Link::That));
    add("is|are|was|were|be|being|been", Mark::Link(Link::Is));
    add(
        "depends on|depend on|depends on the|depend on the|depending on the|as a function of|as a function of the|by|per|for each|each|every|for every|across|broken down by|one line per|one row per|a row per|a line per|a row for each|one row for each|one line for each|one value per|row per|split by|down by|grouped by|group by|for all|all|in each|in every|within each|within every|by each|of every|per each|wise|over the|along|in terms of|judged by|measured by|counted in|based on|measured in|counted by|going by|according to|segmented by|sliced by|a breakdown by|breakdown by|distribution over|distribution by|distributed over|how does it vary by|depending on|as a function of|varies by|vary by|differ by|differs by|respective|individually|at every|on every|at each|on each|from each|from every|each of|every one of|for each of|with each|across all|spread over|spread across|change with|changes with|vary with|varies with|develop with|develops with|development over|evolve over|evolve with|develops over|develop over|in the course of",
        Mark::Each,
    );
    add(
        "buy|buys|bought|buying|sell|sells|sold|selling|purchase|purchased|purchasing|get bought|gets bought|got bought|get sold|gets sold|got sold|moved|move|moves|go|goes|went|moving|ever bought|ever purchased|take|takes|took|put in|put into|pick up|picked up|picked|add|added|grab|grabbed|pick|picks|acquire|shop for|shopped for|get|gets|got|tried|try|have tried|end up in|ends up in|landed|land|lands|dropped|drop|put|go into|goes into|reached|reach|reaches|draw|draws|attract|attracts|bring in|brings in",
        Mark::Verb(Verb::Buy),
    );
    add(
        "reorder|reordered|reordering|rebuy|rebought|repurchase|repurchased|buy again|bought again|come back for|comes back for|came back for|return to|returned to|buy repeatedly|bought repeatedly|get reordered|gets reordered|got reordered|buy it again|repeat buy|order again|ordered again|re order|re ordered|re bought|purchased again|repeatedly bought",
        Mark::Verb(Verb::Reorder),
    );
    add(
        "sent|send|sends|filed|put through|ordered|placed|place|places|ordering|shop|shops|shopped|shopping|made|makes|came in|come in|comes in|coming in|checked out|check out|submitted|submit|receive|received|happen|happened|occur|occurred|take place|took place|fell|fall|falls|were placed|was placed|ordered something|arrive|arrives|arrived|active",
        Mark::Verb(Verb::Place),
    );
    add(
        "saying|name saying|name says|names say|that says|going by the name|going by the names|going by names|going by their names|by its name|by their names|judging by the name|judging by the names|called|named|in its name|in the name|in their name|in their names|in the product name|word|the word|words|with the word|name contains|names contain|whose name has|name has|in the names|carry the word|carries the word|with names|whose name contains|whose names contain|in the title|name includes|whose name includes|mentioning|named with|labelled|labeled|something with|anything with|said to be|with a name",
        Mark::Called,
    );
    add(
        "in a chart|chart|as a chart|graph|as a graph|plot|plotted|visualise|visualize|draw|diagram|as a bar chart|bar chart|line chart|as a line|heat map|heatmap|picture|as bars|visual",
        Mark::Chart,
    );
    add(
        "tabulate|tabulated|list form|table|as a table|tabular|in a table|matrix|grid|cross table|crosstab",
        Mark::Table,
    );
    add("i|me|my|mine|myself|i've|own", Mark::Me);
    add(
        "opens a basket|open a basket|opened a basket|opens the basket|opened the basket|opens baskets|open baskets|opened baskets|opens an order|open an order|basket opener|basket openers|opened by|item number 1 of the cart|item number 1 in the cart|item number 1|item number one|item no 1|number 1 in the cart|number one in the cart|very first item|the very first item|start a basket|starts a basket|started a basket|start a cart|starts a cart|started a cart|starting a cart|started the cart|start a cart with|starts a cart with|started a cart with|start the cart with|starts the cart with|started the cart with|start their cart with|started their cart with|start a basket with|starts a basket with|started a basket with|begin a cart with|begins a cart with|began a cart with|begin the cart with|began the cart with|open a cart with|opens a cart with|opened a cart with|opens the cart with|opened the cart with|first line of the order|first line of an order|first one in the cart|the first one in the cart|first one into the cart|the first thing into the cart|first thing into the cart|first thing in the basket|the first thing in the cart|first into a cart|first into the basket|first to go in the cart|first to go into the cart|go into the cart first|goes into the cart first|into the cart at first|at first place in the cart|put into the cart first|first in the cart|first in cart|first in a cart|first in the basket|first in a basket|the first item in the cart|first item in the cart|first item in a cart|first thing in the cart|put in first|added first|cart openers|cart opener|opening item|opening items|opens the cart|first thing dropped in a basket|first thing dropped in the basket|first thing put in a basket|first into the cart|goes in first|in the cart first|into the cart first|start the cart|starts the cart|in position 1|position one|at position one|in position one|in first position|first position|position 1|first added|first to be added|first item of a basket|first item of the cart|first item added|begin with|begins with|first item|goes in the cart first|starts with|start with|first thing in a basket|at position 1|first up",
        Mark::FirstInCart,
    );
}

fn add_times(add: &mut impl FnMut(&str, Mark)) {
    let part = |name, from, to| Mark::DayPart(DayPart { name, from, to });
    add("morning|mornings|in the morning|morning hours|morning shift", part(Some("morning"), 6, 11));
    add(
        "afternoon|afternoons|in the afternoon|afternoon hours|afternoon shift",
        part(Some("afternoon"), 12, 17),
    );
    add("evening|evenings|in the evening|evening hours|evening shift", part(Some("evening"), 18, 23));
    add(
        "night|nights|at night|after midnight|past midnight|night time|nighttime|in the night|night hours|overnight|during the night|night shift|graveyard shift",
        part(Some("night"), 0, 5),
    );
    // Hours that nobody has fixed: they are known where the hours are told too.
    add("late shift|early shift|day shift", Mark::Word);
    add("noon|midday|at noon", part(None, 12, 12));
    add("midnight|at midnight", part(None, 0, 0));
    add(
        "monday|tuesday|wednesday|thursday|friday|saturday|sunday|weekend|weekends|mon|tue|wed|thu|thur|fri|sat|sun|mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays|working days|workdays|business days|week day|work days",
        Mark::Weekday,
    );
    add("am|a.m|in the am", Mark::Clock(Some(0)));
    add("pm|p.m|in the pm", Mark::Clock(Some(12)));
    add("o'clock|oclock|h|hrs|uhr", Mark::Clock(None));
    let size = |op, values: Vec<i64>| {
        Mark::Where(vec![MetricFilter {
            field: "order_size".into(),
            op,
            values: values.into_iter().map(Into::into).collect(),
        }])
    };
    add(
        "single item|one single item|a single item|single product|single item orders|single item order|one item orders|single item baskets|a single product|one single product|the only item|its only item|their only item|the sole item|the only product in it|the only thing in it|nothing else in it|with nothing else|and nothing else|with nothing else in it|with no other item|all by itself|as the only item|as the only product|as the only thing",
        size(FilterOp::Eq, vec![1]),
    );
    add(
        "small orders|small baskets|small order|small basket|small carts|small sized orders",
        size(FilterOp::Le, vec![5]),
    );
    add(
        "medium orders|medium baskets|medium order|medium sized orders|mid sized orders|medium carts|medium sized baskets",
        size(FilterOp::Between, vec![6, 15]),
    );
    add(
        "large orders|large baskets|big orders|big baskets|large order|large carts|big carts|large sized orders|full carts|large sized baskets",
        size(FilterOp::Gt, vec![15]),
    );
    let later = MetricFilter { field: "order_number".into(), op: FilterOp::Gt, values: vec![1.into()] };
    add(
        "later orders|later ones|subsequent orders|following orders|orders after the first|later baskets|subsequent ones|orders after that|repeat orders|follow up orders",
        Mark::Where(vec![later]),
    );
    let first = MetricFilter { field: "order_number".into(), op: FilterOp::Eq, values: vec![1.into()] };
    add(
        "first orders|first order|very first order|very first time|for the first time|initial order|initial orders|first ever order|maiden order|first baskets|first basket|first shopping trip|first time orders|debut order|very first orders|first purchase|first checkout|first ever orders|first time around|opening order",
        Mark::Where(vec![first]),
    );
    add(
        "four weeks|4 weeks|next four weeks|the next four weeks|coming four weeks|28 days|next 28 days|coming 28 days|within 28 days|in 28 days|over the next four weeks|within four weeks|next 4 weeks|in the next four weeks|in the next 28 days|over the next 28 days|within the next 28 days|in the coming four weeks|during the next four weeks",
        Mark::Skip,
    );
    for (at, words) in
        ["small", "medium|medium sized|mid sized|middle sized", "large|big|large sized"].iter().enumerate()
    {
        add(words, Mark::SizeWord(at));
    }
    add(
        "between two orders|between two consecutive orders|between their orders|between successive orders|from one order to the next|between one order|between consecutive orders|between one order and the next|one order and the next",
        Mark::Skip,
    );
    add("brand new|within a week|both groups|of both groups|groups|group|as a group", Mark::Skip);
    add("rfm profile|an rfm profile|rfm|profile|rfm values|rfm figures|ago", Mark::Skip);
    add(
        "expected to order most often|expected to order most|expected to order the most|expected to buy most|expected to order the most often",
        Mark::Rank(End::High, Some("expected_orders")),
    );
    add(
        "every one of them|each of them|for each of them|for every one of them|each one|for each one|in each of them|in each of these|each of these|respectively by each|for all of them",
        Mark::EachOne,
    );
    let before = |value: i64| {
        Mark::Where(vec![MetricFilter {
            field: "bought_before".into(),
            op: FilterOp::Eq,
            values: vec![value.into()],
        }])
    };
    add(
        "first time purchases|first time buys|first purchases|first time items|new purchases|first time purchase|items bought for the first time|never bought before|had never bought before|have never bought before|never before bought|never had before|had never had before|not bought before|had not bought before|never purchased before|had never ordered before|did not have before|new to the customer|new to the buyer|new to them|purchases for the first time|non reordered items|not reordered items|not reorders",
        before(0),
    );
    add(
        "never bought before|never bought them before|never bought it before|not bought before|not bought them before|not bought it before|never had before|never had it before|never had them before|never ordered before|never ordered it before|never ordered them before",
        before(0),
    );
    let later = MetricFilter { field: "order_number".into(), op: FilterOp::Ge, values: vec![2.into()] };
    add(
        "that have a previous order|with a previous order|that had a previous order|that have a predecessor|with a predecessor|that have an order before them|with an order before them|that follow another order",
        Mark::Where(vec![later]),
    );
    add(
        "average cart pos|avg cart pos|mean cart pos|cart pos|average pos in cart|average pos in the cart",
        Mark::Metric("avg_cart_position".to_owned()),
    );
    add("found a buyer|has found a buyer|have found a buyer|found buyers", Mark::Verb(Verb::Buy));
    add(
        "found no buyer|have found no buyer|has found no buyer|no buyer|without a buyer|without buyers|without any buyer|without a single buyer|without a single purchase|without any purchase|without any purchases|without purchases|without a purchase|with zero purchases|with no purchases|with no purchase|with no sales|with zero sales",
        Mark::Never,
    );
    add(
        "lowest first|highest first|smallest first|largest first|worst first|best first|biggest first|most first|least first|fewest first|in descending order|in ascending order|ascending|descending|from lowest to highest|from smallest to largest|from the top|from the top down|from top to bottom|sorted by size|rank order",
        Mark::Skip,
    );
    add(
        "went in first|go in first|goes in first|came first|comes first in the cart|put first|placed first|first cart position|in first cart position|the first cart position|cart position 1|cart position one|at cart position 1|first spot|first slot|opened the cart|open the cart|opens a cart|opened the most carts|opened carts|kick off the cart|first pick|first picks",
        Mark::FirstInCart,
    );
    add(
        "reordered the most times|reordered most times|been reordered most times|most times reordered|the most times reordered|\
         bought again the most times|rebought the most times|most reorders in total",
        Mark::Rank(End::High, Some("reorders")),
    );
    add(
        "opened the most carts|open the most carts|open most carts|opened most carts|opens the most carts",
        Mark::Rank(End::High, Some("first_in_cart")),
    );
    add(
        "repeats|repeat purchases|rebuys|items bought again|repeat items|repurchased items|re purchases",
        Mark::Metric("reorders".to_owned()),
    );
    add(
        "repeats least often|repeated least|rebuy least|rebuy the least|reorder least|reorder the least|repeat least",
        Mark::Rank(End::Low, Some("reorder_rate")),
    );
    add(
        "rebuy most|rebuy the most|reorder most|reorder the most|repeat most|repeat the most|best reorder rate|top reorder rate",
        Mark::Rank(End::High, Some("reorder_rate")),
    );
    add(
        "buying the same thing again|buy the same thing again|bought the same thing again|something bought again|bought it before|already bought earlier|had already bought|had bought before|bought before|bought earlier|already bought|already bought before|had before|had bought it before|buys again|bought again by the same customer|is bought again",
        Mark::Verb(Verb::Reorder),
    );
    add(
        "cross tab|crosstab|cross table|cross tabulate|cross tabulation|cross|pivot|pivot table",
        Mark::Table,
    );
    add(
        "days lie in between|days are in between|days in between|time in between|days are there between|days do they wait|days wait",
        Mark::Metric("avg_days_between_orders".to_owned()),
    );
    add(
        "how big a part of|how large a part of|how big a share of|how large a share of|how big is the share of|how big a portion of|how big the share of|how large is the share of|as a share of all|as a percentage of all|as a fraction of|as a part of all|is that in percent|in percent of|percentage wise",
        Mark::Share,
    );
    add(
        "how big a basket|how big is the basket|how large a basket|how big are baskets|how big are the baskets|how big the basket|how big is a basket|how big an order|how big are orders|how big is an order|how large are orders|how large is the basket|how full are the baskets|how full are baskets",
        Mark::Metric("basket_size".to_owned()),
    );
    add("re buys|re buy|rebuy lines|re bought items", Mark::Metric("reorders".to_owned()));
    add(
        "one by one|separately|each separately|individually|one after the other|one for each|in turn|each on its own",
        Mark::EachOne,
    );
    add(
        "untouched|removed|taken out|disregarded|set aside|put aside|left aside|does not interest me|do not interest me|does not interest us|do not interest us|is of no interest|are of no interest|do not matter here|does not matter|do not count|does not count|are excluded|is excluded|excluded|left out|not included|do not matter|are left out|not counted|are ignored|ignored|should be ignored|should not count|do not include them",
        Mark::NotBefore,
    );
    add("whole|entire|full|relatively|relatively speaking|proportionally", Mark::Skip);
    add("on the dot|to the day|sharp", Mark::Skip);
    add("most frequent|the most frequent|most frequent of all", Mark::Rank(End::High, None));
    add("least frequent|the least frequent", Mark::Rank(End::Low, None));
    // What stands behind is how many rows there are, no hour.
    add("cut at|cut off at|cut it at|cut it off at|cut after|cut off after|capped at|limited to", Mark::Skip);
    add(
        "cell|cells|in the cells|in the cell|in each cell|in every cell|as cells|per cell|each cell|the cells|fields of the table",
        Mark::Skip,
    );
    add(
        "range|our range|product range|relative to its own|relative to their own|in relation to its own|measured against its own",
        Mark::Skip,
    );
    add("other items|all other items|all the other items|other lines|all other lines", Mark::Rest);
    add("w o", Mark::Not);
    add(
        "early on|early birds|early bird|night owls|night owl|at some point|at some time|at one time or another",
        Mark::Skip,
    );
    add("empty|empty ones|the empty ones|with none|even those with none|even if empty", Mark::Skip);
    add("conventional|conventionally grown", Mark::Attribute("organic", false));
    add("last|latest order|most recent|final", Mark::Last);
}

fn add_shares(add: &mut impl FnMut(&str, Mark)) {
    add(
        "as a proportion of|as a proportion of all|as a fraction of all|how much of it|how much of them|how much of these|how much of this|how much of that|what part of it|what part of them|which part of them|which part of it|how many of them in percent|procent|per cent|precent|per cent of|procent of|how large a slice of|in percentage terms|percentage of all|as percentage|as a percent of|what cut of|share|shares|share of|percentage|percentage of|percent|percent of|% of|%|proportion|proportion of|fraction|fraction of|part of|ratio of|slice of|portion of|portion|slice|percentages|pct|pct of|in percent|as a percentage|as a percentage of|as a share of|how many percent|what part of|quota|cut of|chunk of|as share|in %|as %|how many percent of|how many %|how many % of|relative share|contribution|contribution of|contribute|contributes|weight of|weight|how much of|as percent|percentage share|shares of|stake|piece of|what share|what percentage|what fraction|what proportion|which share|which fraction|which percentage|which part of|as a share|expressed as percent",
        Mark::Share,
    );
    add(
        "penetration|customer penetration|customer reach|penetration rate|share of customers|customer share|market penetration|share of shoppers|percentage of customers|percent of customers|% of customers|household penetration|share of buyers|share of users|coverage of customers|buyer penetration",
        Mark::ShareOf("customers".to_owned()),
    );
    add(
        "share of orders|order share|percentage of orders|percent of orders|% of orders|share of baskets|percentage of baskets|% of baskets|basket share|percent of baskets|basket penetration|share of carts|% of carts|order penetration|percentage of carts|share of checkouts|share of transactions|percent of carts|order coverage|fraction of orders|proportion of orders|fraction of baskets|proportion of baskets|part of all orders|% orders",
        Mark::ShareOf("orders".to_owned()),
    );
    add(
        "share of items|item share|share of sales|share of purchases|market share|percentage of items|% of items|percent of items|percentage of sales|% of sales|share of volume|volume share|share of all items|sales share|share of lines|percentage of purchases|% of purchases|% of volume|percent of sales|share of units|unit share|purchase share|share of the volume|fraction of items|proportion of items|share of items sold|share of the items|percentage of all items|part of the volume|share of business|share of wallet|% of all items|share of all purchases|% of all purchases|share of total items|share of the business",
        Mark::ShareOf("items".to_owned()),
    );
    add(
        "share of products|share of the catalogue|share of the catalog|share of the assortment|percentage of products|% of products|catalogue share|percent of products|slice of the product catalogue|slice of the catalogue|part of the catalogue|% of the catalogue|slice of the assortment|% of the assortment|assortment share|part of the assortment",
        Mark::ShareOf("products".to_owned()),
    );
    add(
        "get us to|gets us to|get you to|bring us to|brings us to|take us to|takes us to|get to|makes for|sum up to|sums up to|carry|carries|make up|makes up|account for|accounts for|make|makes|cover|covers|covering|behind|needed to reach|needed for|it take to cover|it takes to cover|constitute|constitutes|generate|generates|bring in|brings in|comprise|comprises|represent|represents|responsible for|needed to get to|to get to|it take to reach|it take to get to|it take to make|add up to|adds up to|together make|together make up|together account for|it takes to reach|it take to get|are needed for|required for|required to reach|deliver|delivers|drive|drives|amount to|amounts to|reaching|together reach",
        Mark::MakeUp,
    );
    add(
        "by the end of each|by the end of every|by the end of it|added up so far|accumulated so far|adds up along the way|running|running share of items|running share of|running share of all|cumulative share of|cumulated share of|running total of|cumulative percentage of|cumulative|running share|cumulative share|cumulated share|cumulative|cumulated|running total|pareto|pareto table|accumulated|accumulated share|cumulative percentage|running percentage|cumulative percent|cumulatively|running sum|cumulated percentage",
        Mark::Running,
    );
}

/// Words about customers, segments, what is expected, and what stands beside a figure without meaning.
fn add_people(add: &mut impl FnMut(&str, Mark)) {
    add(
        "headcount|head count|headcounts|customer numbers|count heads|count the heads|counting heads",
        Mark::HowMany,
    );
    add(
        "forecast|forecasted|forecasts|predicted|predict|predicts|expects|projected|projects|anticipated|anticipate|foreseen|foresee|prognosis|prediction|predictions|outlook|prognosed|expectation|expectations|model expect|model expects",
        Mark::Expected,
    );
    add(
        "according to the model|according to the churn model|according to our model|according to our churn model|by the model|by the churn model|churn model|the model|our model|model|says the model|model says|horizon|over a horizon of|look ahead|looking ahead|prediction model|forecast model",
        Mark::Skip,
    );
    add(
        "order volume|volume of orders|order volumes|order count|order counts|orders count",
        Mark::Metric("orders".to_owned()),
    );
    add(
        "beside|beside each|beside it|next to each|right next to it|next to it|next to them|alongside|alongside it|along with it|in the same row|in one row|behind each|side note|will do|is enough|suffices|is fine|no more and no less|no more no less|not more not less|no more|inclusive|included in it|for short|in words|in other words|i e|that is to say|namely|mainly|generated|as a reminder",
        Mark::Skip,
    );
    add(
        "for every value of|each value of|for each value of|every value of|per value of|by value of|values of|for every possible|for each possible|for every level of|per level of",
        Mark::Each,
    );
    add(
        "per value|for each value|every value|all values|each value|one line per value|one row per value",
        Mark::Skip,
    );
    add(
        "in the last|in the past|within the last|within the past|during the last|during the past|over the last|over the past|the last|the past|past few",
        Mark::Last,
    );
    add(
        "last ordered|last bought|last shopped|last purchased|last placed an order|most recently ordered|most recent order|latest order|latest purchase|last purchase|last visit|last seen|final order|most recent purchase|last shopping trip|last checkout|last basket",
        Mark::Last,
    );
    add(
        "up to and including|up to and incl|until and including|through and including",
        Mark::Cmp(FilterOp::Le),
    );
    add(
        "haven't been back|not been back|have not been back|not come back|not returned|not shown up|not been seen|not seen",
        Mark::Not,
    );
    add(
        "and so on|and so forth|so on|so forth|etc|and so on up to|and so forth up to|and so on until|and so on through|and so on till|and on to|all the way to|all the way up to|all the way through",
        Mark::Link(Link::To),
    );
    add(
        "the most loyal|most loyal following|the most faithful|most faithful|the stickiest|the most habitual",
        Mark::Rank(End::High, Some("reorder_rate")),
    );
    add("the least loyal|least faithful|the least faithful", Mark::Rank(End::Low, Some("reorder_rate")));
    add("more loyal|more loyal following|more faithful|more faithful customers", Mark::More(End::High));
    add("less loyal|less faithful", Mark::More(End::Low));
    add("loyal following|loyal people|creatures of habit", Mark::Skip);
    add(
        "counting each product only once|counting each product once|counting every product once|counting every product only once|each product only once|each product counted once|every product counted once|each counted once",
        Mark::Metric("products_bought".to_owned()),
    );
    add(
        "claims|claim|claimed|weakness|weaknesses|wonder|wondered|wondering|suspect|suspects|suspected|presumably|believe|believes|guess|heard|told|argue|argued|arguing|debate|debating|colleague|colleagues|boss|manager|story|stories|hunch|feeling|impression|rumour|rumor|slides|slide|deck|report|reporting|presentation|meeting|memo|curious|interested|imagine|suppose|somebody|usually|normally|obviously|apparently|honestly|basically|occasions|sake|reference|for reference|for comparison|by comparison|reason|theory|hypothesis|question|quick|quickly|favour|favor|preparing|prepare|planning|discuss|discussing|discussion|mind|in mind|thinking|looking|checking|verify|confirm|exists|exist",
        Mark::Skip,
    );
    add(
        "start with the lowest|start with the highest|start with the worst|start with the best|starting with the lowest|starting with the highest|start from the lowest|beginning with the lowest|begin with the lowest|begin with the highest|lowest on top|worst on top",
        Mark::Skip,
    );
    add(
        "size of the customer base|size of our customer base|size of my customer base|size of its customer base|size of their customer base|customer base size",
        Mark::Metric("customers".to_owned()),
    );
    add("drinkers|eaters", Mark::Noun(Noun::Customer));
    add("procent|prozent|per cent", Mark::Share);
    add(
        "came back after their first order|come back after their first order|came back after the first order|returned after their first order|came back for a second order|made it past the first order|made it past their first order|placed a second order|ordered a second time|ordered more than once|placed more than one order|came back after order one|have more than one order|with more than a single order",
        Mark::Metric("repeat_customers".to_owned()),
    );
    add("going quiet|gone quiet|go quiet|goes quiet|went quiet", Mark::Skip);
    add(
        "never came back|did not come back|ordered only once|only ordered once|ordered just once|never ordered again|never returned|did not return|placed only one order|placed a single order|placed just one order|ordered a single time|did not come back after it|bought only once from us",
        Mark::Metric("new_customers".to_owned()),
    );
    add(
        "gains|gain|gained|gaining|wins|win|won|grows|grew|growing|rises|rising|loses|losing|lost|shrinks|shrinking|points|percentage point",
        Mark::Skip,
    );
    add(
        "stopped after|quit after|left after|gave up after|dropped out after|stopped at|ended at|made exactly",
        Mark::Link(Link::With),
    );
    add("returners|comers back|returnees|comebackers", Mark::Metric("repeat_customers".to_owned()));
    add(
        "orderers|frequent orderers|account holders|accounts|account|buyer base|shopper base",
        Mark::Noun(Noun::Customer),
    );
}
