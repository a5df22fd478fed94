"""The intent templates of the practice suite.

Each template draws, from one shop, instances with a single right outcome: the intent in two wordings
and what the grader expects. Three kinds: find information, reach a page, change content.
"""

from collections.abc import Callable

from rb_studio.environments.practice import find_templates as find
from rb_studio.environments.practice import other_templates as other
from rb_studio.environments.practice.drawing import Drawn, Source

TEMPLATES: dict[str, Callable[[Source], list[Drawn]]] = {
    "extreme-order": find.extreme_order,
    "newest-order-total": find.newest_order_total,
    "count-customer-orders": find.count_customer_orders,
    "count-status-period": find.count_status_period,
    "sum-of-last-orders": find.sum_of_last_orders,
    "review-mentions": find.review_mentions,
    "harshest-reviewer": find.harshest_reviewer,
    "bestseller": find.bestseller,
    "monthly-counts": find.monthly_counts,
    "customer-by-phone": find.customer_by_phone,
    "sku-by-stock": find.sku_by_stock,
    "orders-view": other.orders_view,
    "sales-report": other.sales_report,
    "open-account": other.open_account,
    "set-price": other.set_price,
    "restock": other.restock,
    "move-customer": other.move_customer,
    "cancel-order": other.cancel_order,
}
