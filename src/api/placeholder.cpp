namespace holt {}
