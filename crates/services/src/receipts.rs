//! Invoices and credit notes as their buyer reads them.

use crate::{Error, OrderAuth, Paper, Result, Services, tickets::place_label};
use domain::{
    ids::{OrderId, OrderLineId, RefundId},
    money::Money,
    refund::State,
    tax::{RateTotal, Taxed, by_rate},
};
use notifications::{Receipt, ReceiptKind, ReceiptLine, SellerFacts, receipt_pdf};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, sync::Arc};
use store_pg::{
    invoices::{Invoice, InvoiceKind},
    orders::{Order, OrderLine},
    refunds::Refund,
};

/// A document of an order, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptName {
    /// `PRE-2026-000123`.
    pub name: String,
    /// It says what went back; else what was sold.
    pub credit_note: bool,
    /// Paid, or paid back.
    pub total: Money,
}

impl Services {
    /// The invoice of an order as PDF, or the document of that name; `None` when there is no such order or document.
    ///
    /// # Errors
    /// `Unauthorized` with a wrong proof.
    pub async fn receipt_pdf(
        &self,
        id: OrderId,
        auth: OrderAuth<'_>,
        name: Option<&str>,
    ) -> Result<Option<Paper>> {
        let Some(order) = self.order_row(id, auth).await? else { return Ok(None) };
        let wanted = |invoice: &Invoice| match name {
            Some(name) => invoice.name == name,
            None => invoice.kind == InvoiceKind::Invoice,
        };
        let Some(receipt) = self.receipt(&order, wanted).await? else { return Ok(None) };
        let (name, notifier) = (receipt.file_name(), Arc::clone(&self.notifier));
        // Drawing pages is work for a processor, not for the runtime's threads.
        let drawn = tokio::task::spawn_blocking(move || receipt_pdf(&receipt, &notifier.brand));
        let bytes = drawn.await.map_err(Error::internal)?.map_err(Error::internal)?;
        Ok(Some(Paper { name, bytes }))
    }

    /// The invoice of an order, to go with its tickets.
    pub(crate) async fn invoice_of(&self, order: &Order) -> Result<Option<Receipt>> {
        self.receipt(order, |invoice| invoice.kind == InvoiceKind::Invoice).await
    }

    /// The credit note of a refund, to go with the news of it.
    pub(crate) async fn credit_note_of(&self, order: &Order, refund: RefundId) -> Result<Option<Receipt>> {
        self.receipt(order, |invoice| invoice.refund == Some(refund)).await
    }

    /// The names of an order's documents, the invoice first.
    pub(crate) async fn receipt_names(&self, order: OrderId) -> Result<Vec<ReceiptName>> {
        let name = |invoice: Invoice| ReceiptName {
            name: invoice.name,
            credit_note: invoice.kind == InvoiceKind::CreditNote,
            total: invoice.total,
        };
        Ok(self.pg.invoices_of_order(order).await?.into_iter().map(name).collect())
    }

    async fn receipt(&self, order: &Order, wanted: impl Fn(&Invoice) -> bool) -> Result<Option<Receipt>> {
        let invoices = self.pg.invoices_of_order(order.id).await?;
        let Some(invoice) = invoices.iter().find(|invoice| wanted(invoice)) else { return Ok(None) };
        let sold = invoices.iter().find(|invoice| invoice.kind == InvoiceKind::Invoice);
        let sale = self.sale_by_id(order.event).await?.ok_or(Error::NotFound("event"))?;
        let refunds = self.pg.refunds_of_order(order.id).await?;
        let pays = self.pg.captured_payment(order.id).await?;
        let concerns = |refund: &&Refund| match invoice.refund {
            Some(id) => refund.id == id,
            None => Some(refund.payment) == pays,
        };
        let back: Vec<(Money, State)> =
            refunds.iter().filter(concerns).map(|refund| (refund.amount, refund.state)).collect();
        let (event, seller) = (&sale.row.summary, &invoice.seller);
        Ok(Some(Receipt {
            name: invoice.name.clone(),
            kind: match invoice.kind {
                InvoiceKind::Invoice => ReceiptKind::Invoice,
                InvoiceKind::CreditNote => ReceiptKind::CreditNote,
            },
            of: sold.filter(|_| invoice.refund.is_some()).map(|sold| sold.name.clone()),
            seller: SellerFacts {
                name: seller.name.clone(),
                legal_name: seller.legal_name.clone(),
                address: seller.address.clone(),
                tax_id: seller.tax_id.clone(),
            },
            buyer: invoice.buyer.clone(),
            order: order.number.clone(),
            event: event.name.clone(),
            venue: format!("{}, {}", event.venue.name, event.venue.city),
            starts_at: event.starts_at,
            issued_at: invoice.issued_at,
            timezone: event.venue.timezone.clone(),
            lines: self.receipt_lines(order, invoice).await?,
            total: invoice.total,
            taxes: invoice.taxes.clone(),
            back,
        }))
    }

    /// All lines of an invoice; of a credit note those whose tickets went back.
    async fn receipt_lines(&self, order: &Order, invoice: &Invoice) -> Result<Vec<ReceiptLine>> {
        let back: Option<HashMap<OrderLineId, i64>> = match invoice.refund {
            Some(refund) => Some(self.pg.refunded_lines(refund).await?.into_iter().collect()),
            None => None,
        };
        let mut lines = Vec::with_capacity(order.lines.len());
        for line in &order.lines {
            let gross = line.taxed()?.gross;
            let total = match &back {
                None => gross,
                Some(back) => match back.get(&line.id) {
                    Some(minor) => Money::new(*minor, gross.currency),
                    None => continue,
                },
            };
            lines.push(receipt_line(line, total));
        }
        Ok(lines)
    }
}

fn receipt_line(line: &OrderLine, total: Money) -> ReceiptLine {
    ReceiptLine {
        label: place_label(line),
        tier: line.tier_name.clone(),
        price: line.price,
        fee: line.fee,
        rate: line.tax_rate,
        total,
    }
}

/// The tax in an order by rate, the lowest first; rates of nothing are left out.
pub(crate) fn taxes_of(order: &Order) -> Result<Vec<RateTotal>> {
    let lines = order.lines.iter().map(OrderLine::taxed);
    let lines: Vec<Taxed> = lines.collect::<std::result::Result<_, _>>()?;
    let mut taxes = by_rate(order.total.currency, &lines).map_err(Error::internal)?;
    taxes.retain(|total| total.tax.minor > 0);
    Ok(taxes)
}
