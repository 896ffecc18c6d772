//! Who works here; for admins.

use super::{
    desk::{Desk, Place, ReasonForm, Told, document},
    words::{moment, name_of},
};
use leptos::prelude::*;
use services::staff::StaffMember;

/// The page.
pub fn accounts_page(desk: &Desk, accounts: Vec<StaffMember>, told: Option<Told>) -> String {
    let rows = accounts.into_iter().map(|account| {
        let own = account.id == desk.member.id;
        let stands = match account.disabled_at {
            Some(at) => view! { <span class="state muted">{format!("closed {}", moment(at))}</span> }.into_any(),
            None if own => view! { <span class="muted">"you"</span> }.into_any(),
            None => view! {
                <ReasonForm desk=desk.clone() action=format!("/staff/accounts/{}/disable", account.id) button="Close" name=account.id.to_string() about=account.email.clone()/>
            }
            .into_any(),
        };
        view! {
            <tr>
                <th scope="row">{account.email}</th>
                <td>{name_of(account.role)}</td>
                <td>{moment(account.created_at)}</td>
                <td>{stands}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let content = view! {
        <h1>"Accounts"</h1>
        <p class="muted">"New ones are made on the command line: "<code>"server staff add EMAIL --role support"</code>". Closing one ends its sessions at once."</p>
        <div class="staff-scroll" tabindex="0" role="region" aria-label="Accounts">
            <table class="staff-table">
                <thead><tr><th scope="col">"E-mail"</th><th scope="col">"Role"</th><th scope="col">"Since (UTC)"</th><th scope="col">"Stands"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    };
    document(desk, Place::Accounts, "Accounts", told, content.into_any())
}
