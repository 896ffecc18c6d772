//! Which address shows which page.

use crate::{
    catalogue::{event_page::EventPage, help::HelpPage, home::HomePage},
    checkout::page::CheckoutPage,
    components::{
        frame::{PageFooter, PageHeader},
        page_error::NotFoundPage,
    },
    orders::{
        find_page::FindTicketsPage,
        order_page::OrderPage,
        tickets::{OneTicketPage, TicketsPage},
    },
    seats::page::SeatsPage,
};
use leptos::prelude::*;
use leptos_meta::{Meta, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

/// Header, page, footer. Pages are rendered whole before the first byte, so that status, title and meta tags are
/// those of the finished page and nothing needs a script to fall into place.
///
/// The view's type ends here: whoever serves it would otherwise compile the rendering of every page once more.
#[component]
pub fn App() -> AnyView {
    provide_meta_context();
    view! {
        <Title formatter=|text: String| if text.is_empty() { "Parterre".to_owned() } else { format!("{text} · Parterre") }/>
        <Meta name="description" content="Choose your seats on a live map. The price you see is the price you pay."/>
        <Meta property="og:site_name" content="Parterre"/>
        <Router>
            <a class="skip-link" href="#main">"Skip to the content"</a>
            <PageHeader/>
            <main id="main" tabindex="-1">
                <Routes fallback=NotFoundPage>
                    <Route path=path!("/") view=HomePage ssr=SsrMode::Async/>
                    <Route path=path!("/help") view=HelpPage ssr=SsrMode::Async/>
                    <Route path=path!("/events/:slug") view=EventPage ssr=SsrMode::Async/>
                    <Route path=path!("/events/:slug/seats") view=SeatsPage ssr=SsrMode::Async/>
                    <Route path=path!("/events/:slug/checkout") view=CheckoutPage ssr=SsrMode::Async/>
                    <Route path=path!("/tickets/find") view=FindTicketsPage ssr=SsrMode::Async/>
                    <Route path=path!("/orders/:id") view=OrderPage ssr=SsrMode::Async/>
                    <Route path=path!("/orders/:id/tickets") view=TicketsPage ssr=SsrMode::Async/>
                    <Route path=path!("/orders/:id/tickets/:ticket") view=OneTicketPage ssr=SsrMode::Async/>
                </Routes>
            </main>
            <PageFooter/>
        </Router>
    }
    .into_any()
}
