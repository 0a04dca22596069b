"""What can go wrong with wallets. The engine refuses some of it under the same codes."""

from typing import Final

from openmvno.charging import InsufficientBalance
from openmvno.errors import Invalid, Told


class BucketUnknown(Invalid):
    """The published catalogue has no such bucket."""

    code = "bucket_unknown"
    title = "There is no such bucket"
    accepted = "a bucket of the catalogue in force"


class TopUpUnknown(Invalid):
    """The bucket has no such option to top it up."""

    code = "top_up_unknown"
    title = "There is no such option"
    accepted = "an option of the bucket"


class WalletTopUpAmbiguous(Invalid):
    """A wallet is topped up either by an option of the catalogue or by an amount."""

    code = "wallet_top_up_ambiguous"
    title = "Give either option or amount"
    accepted = "either option or amount"


class WalletAmountInvalid(Invalid):
    """Units of a wallet are whole numbers above zero; only money has decimals."""

    code = "wallet_amount_invalid"
    title = "The amount is not a whole number of units"
    accepted = "a whole number above 0"


class WalletPriceUnknown(Invalid):
    """Only options of the catalogue have prices, so an amount of units cannot be sold."""

    code = "wallet_price_unknown"
    title = "An amount of units has no price"
    accepted = "an option of the bucket, or pay none"


REFUSALS: Final[dict[str, Told]] = {
    BucketUnknown.code: Told(BucketUnknown, "bucket"),
    TopUpUnknown.code: Told(TopUpUnknown, "option"),
    InsufficientBalance.code: Told(InsufficientBalance, "pay"),
}
"""What the engine's error codes to top_up_wallet are told as."""
