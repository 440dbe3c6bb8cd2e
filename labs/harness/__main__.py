from labs.harness.main import main

main()
