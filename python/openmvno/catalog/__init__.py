"""Catalogue: what is sold and at which price, in immutable versions."""

from openmvno.catalog.documents import load_file, load_json, load_yaml
from openmvno.catalog.errors import CatalogInvalid, CatalogNotPublished, Mistake, ProductUnknown
from openmvno.catalog.model import (
    ADDON,
    MAIN,
    Bucket,
    CatalogVersion,
    Document,
    FavouriteTerms,
    Offer,
    Product,
    TopUpOption,
)
from openmvno.catalog.offers import offer_on_sale, product_on_sale
from openmvno.catalog.pricing import explain, quote
from openmvno.catalog.rules import check
from openmvno.catalog.service import Applied, apply_document, current_version
from openmvno.catalog.store import document_of, text_of

__all__ = [
    "ADDON",
    "MAIN",
    "Applied",
    "Bucket",
    "CatalogInvalid",
    "CatalogNotPublished",
    "CatalogVersion",
    "Document",
    "FavouriteTerms",
    "Mistake",
    "Offer",
    "Product",
    "ProductUnknown",
    "TopUpOption",
    "apply_document",
    "check",
    "current_version",
    "document_of",
    "explain",
    "load_file",
    "load_json",
    "load_yaml",
    "offer_on_sale",
    "product_on_sale",
    "quote",
    "text_of",
]
