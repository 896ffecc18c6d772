//! The search bar: a GET form, so that the address is the state.

use super::filters::{Filters, price_text, title_case, whole_units};
use domain::money::{Currency, Money};
use leptos::prelude::*;

/// Steps of the price filter in units like the euro.
const STEPS: [u32; 4] = [30, 60, 100, 150];

/// The steps of a currency. Nothing is converted: where an evening's price has another size, the steps have.
fn steps(currency: Currency) -> [Money; 4] {
    let size = match currency.code() {
        "DKK" | "NOK" | "SEK" | "CZK" | "PLN" | "MXN" => 10,
        "JPY" | "ISK" | "HUF" | "KRW" => 100,
        _ => 1,
    };
    STEPS.map(|step| whole_units(step * size, currency))
}

/// The bar; on phones everything but the words folds away.
#[component]
pub fn SearchForm(
    /// The present search.
    filters: Filters,
    /// Cities with their number of events.
    cities: Vec<(String, u32)>,
    /// Categories with their number of events.
    categories: Vec<(String, u32)>,
    /// Currencies with their number of events.
    currencies: Vec<(Currency, u32)>,
) -> impl IntoView {
    let folded = Filters { q: String::new(), ..filters.clone() }.is_empty();
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    view! {
        <form class="search" method="get" action="/" role="search">
            <div class="search-words">
                <label for="q">"Artist, play, team or house"</label>
                <input id="q" name="q" r#type="search" value=filters.q maxlength="200" autocomplete="off" enterkeyhint="search" placeholder="What would you like to see?"/>
                <button class="button" r#type="submit">"Search"</button>
            </div>
            <details class="search-more" open=!folded>
                <summary>"Date, city, category, price"</summary>
                <div class="search-fields">
                    <div class="field">
                        <label for="from">"From"</label>
                        <input id="from" name="from" r#type="date" value=day(filters.from)/>
                    </div>
                    <div class="field">
                        <label for="to">"Until"</label>
                        <input id="to" name="to" r#type="date" value=day(filters.to)/>
                    </div>
                    <div class="field">
                        <label for="city">"City"</label>
                        <select id="city" name="city">
                            <option value="">"Any city"</option>
                            {options(cities, &filters.city, str::to_owned)}
                        </select>
                    </div>
                    <div class="field">
                        <label for="category">"Category"</label>
                        <select id="category" name="category">
                            <option value="">"Anything"</option>
                            {options(categories, &filters.category, title_case)}
                        </select>
                    </div>
                    <div class="field">
                        <label for="price">"Price, fees included"</label>
                        <select id="price" name="price">
                            <option value="">"Any price"</option>
                            {currencies.into_iter().map(|(currency, count)| view! {
                                <optgroup label=format!("In {currency} ({count})")>
                                    {steps(currency).map(|price| view! {
                                        <option value=price_text(price) selected=filters.price == Some(price)>{format!("up to {price}")}</option>
                                    }).collect_view()}
                                </optgroup>
                            }).collect_view()}
                        </select>
                    </div>
                </div>
            </details>
        </form>
    }
}

fn options(values: Vec<(String, u32)>, chosen: &str, name: fn(&str) -> String) -> impl IntoView + use<> {
    let chosen = chosen.to_owned();
    values
        .into_iter()
        .map(move |(value, count)| {
            let selected = value == chosen;
            let text = format!("{} ({count})", name(&value));
            view! { <option value=value selected=selected>{text}</option> }
        })
        .collect_view()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_have_the_size_of_their_currency() {
        let krone = Currency::parse("DKK").unwrap();
        assert_eq!(steps(krone)[0], Money::new(30_000, krone));
        assert_eq!(steps(Currency::GBP)[3], Money::new(15_000, Currency::GBP));
    }
}
