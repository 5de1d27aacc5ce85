from tests.plans import no_statement_reads_a_large_table_whole

__all__ = ["no_statement_reads_a_large_table_whole"]
