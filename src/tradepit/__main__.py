"""`python -m tradepit` is `tradepit`."""

from tradepit.tools.main import main

if __name__ == "__main__":
    main()
