"""Everything that follows the charging path at a distance: CDRs, deliveries, housekeeping."""
