//! A page that waits for its data.

use super::page_error::ErrorView;
use crate::{error::AppError, request};
use leptos::prelude::*;
use std::future::Future;

/// Waits for `page`, then shows it; an error gets its status and a page with a way out.
pub fn loaded<V>(page: impl Future<Output = Result<V, AppError>> + Send + 'static) -> impl IntoView
where
    V: IntoView + 'static,
{
    view! {
        <Suspense>
            {Suspend::new(async move {
                match page.await {
                    Ok(view) => view.into_any(),
                    Err(error) => {
                        request::set_status(error.status());
                        view! { <ErrorView error/> }.into_any()
                    }
                }
            })}
        </Suspense>
    }
}
