//! The search bar: a GET form, so that the address is the state.

use super::filters::{Filters, title_case};
use leptos::prelude::*;

/// Steps of the price filter, whole units of currency.
const PRICES: [u32; 4] = [30, 60, 100, 150];

/// The bar; on phones everything but the words folds away.
#[component]
pub fn SearchForm(
    /// The present search.
    filters: Filters,
    /// Cities with their number of events.
    cities: Vec<(String, u32)>,
    /// Categories with their number of events.
    categories: Vec<(String, u32)>,
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
                            {PRICES.map(|price| view! {
                                <option value=price.to_string() selected=filters.price == Some(price)>"up to "{price}</option>
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
