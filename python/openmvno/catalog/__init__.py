"""Catalogue: what is sold and at which price, in immutable versions."""

from openmvno.catalog.documents import load_file, load_json, load_yaml
from openmvno.catalog.errors import CatalogInvalid, CatalogNotPublished, Mistake, ProductUnknown
from openmvno.catalog.model import CatalogVersion, Document, Product
from openmvno.catalog.rules import check
from openmvno.catalog.service import Applied, apply_document, current_version, product_on_sale
from openmvno.catalog.store import document_of

__all__ = [
    "Applied",
    "CatalogInvalid",
    "CatalogNotPublished",
    "CatalogVersion",
    "Document",
    "Mistake",
    "Product",
    "ProductUnknown",
    "apply_document",
    "check",
    "current_version",
    "document_of",
    "load_file",
    "load_json",
    "load_yaml",
    "product_on_sale",
]
